/// @file
/// Entries that would have the same name: none replaces another, and one that a foreign program
/// replaces is recorded as that.
#include "sim/check/check_run.hpp"
#include "sim/model/spool_recorder.hpp"

#include "sim_model/small_site.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

/// Posts of one text within a second, whose digests do not depend on more.
message_stream equal_posts(std::size_t count) {
    message_stream stream = steady_stream(count, 0.001);
    for (arrival& a : stream.arrivals) {
        a.list = a.sender = 0;
        a.message_id = 1;
    }
    return stream;
}

/// A recorder of a site with the queue in/, and the calls that it is shown.
class recorded {
public:
    recorded() {
        record_.queues = {"in", "bad"};
        record_.queue_slices = {1, 0};
        recorder_.emplace(record_, "var");
        recorder_->set_clock([this] { return virtual_time(time_); });
        recorder_->set_slice_of([](std::uint32_t, const qslice::hash_value&) { return 0u; });
    }

    void call(call_kind kind, const std::string& path, const std::string& target = {}) {
        ++time_;
        world_call c{process_id{1}, "post", "m1", kind, path, target, {}, 1, false, true};
        recorder_->after_call(c);
    }

    [[nodiscard]] const std::vector<entry_record>& entries() const { return record_.entries; }

private:
    run_record record_;
    std::optional<spool_recorder> recorder_;
    duration time_{};
};

const std::string shared_name = "var/qfiles/in/1400972196.0+" + std::string(40, '5');

}  // namespace

TEST_CASE("posts whose entries would have the same name are all delivered") {
    for (const bool nfs : {false, true}) {
        CAPTURE(nfs);
        scenario s = small_site(2);
        s.policy.hash = "mailman21_second";
        for (machine_choice& m : s.machines) m.clock.resolution = to_duration(1);
        s.storage.nfs = nfs;
        if (nfs) s.storage.kind = "network";
        s.list_defaults.digest_members = 0;
        const run_results r = check_run(played(s, equal_posts(20)));
        INFO(r.verdict);
        CHECK_FALSE(r.fault);
        CHECK(r.conservation.completed == 20);
        CHECK(r.conservation.entries_overwritten == 0);
    }
}

TEST_CASE("an entry that a rename replaces is recorded as overwritten, and when") {
    recorded r;
    r.call(call_kind::rename, shared_name + ".pck.tmp", shared_name + ".pck");
    r.call(call_kind::rename, shared_name + ".pck.tmp", shared_name + ".pck");
    REQUIRE(r.entries().size() == 2);
    CHECK(r.entries()[0].fate == entry_fate::overwritten);
    CHECK(r.entries()[0].finished == r.entries()[1].enqueued);
    CHECK(r.entries()[1].fate == entry_fate::waiting);
}

TEST_CASE("a queued entry may have the name of one in hand; taking it replaces that one") {
    recorded r;
    r.call(call_kind::rename, shared_name + ".pck.tmp", shared_name + ".pck");
    r.call(call_kind::rename, shared_name + ".pck", shared_name + ".bak");
    r.call(call_kind::link, shared_name + ".pck.tmp", shared_name + ".pck");
    REQUIRE(r.entries().size() == 2);
    CHECK(r.entries()[0].fate == entry_fate::in_hand);
    CHECK(r.entries()[1].fate == entry_fate::waiting);
    r.call(call_kind::rename, shared_name + ".pck", shared_name + ".bak");
    CHECK(r.entries()[0].fate == entry_fate::overwritten);
    CHECK(r.entries()[1].fate == entry_fate::in_hand);
    r.call(call_kind::remove, shared_name + ".bak");
    CHECK(r.entries()[1].fate == entry_fate::finished);
}
