// The partition of slices that have owners, on real files: the topology's own as long as the spool
// states its number, otherwise one that is made for the number, if there is one.
#include "support/temporary_directory.hpp"

#include <qslice/codec/plain_format.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/weighted_ranges.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/deploy.hpp>
#include <qslice/topology/run_owned.hpp>
#include <qslice/topology/standby.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace qslice {
namespace {

/// Equal ranges of an even number, from the first to the last or the other way.
class turned_ranges {
public:
    static constexpr std::string_view name = "turned";

    static result<turned_ranges> make(std::uint64_t count) {
        if (count % 2 != 0) {
            return failure(error_code::malformed, "turned", "expected an even number of slices");
        }
        auto ranges = equal_ranges<>::make(count);
        if (!ranges) return failure(ranges.error());
        turned_ranges made;
        made.ranges_ = *ranges;
        return made;
    }
    void turn() { turned_ = true; }

    [[nodiscard]] std::uint64_t slice_count() const { return ranges_.slice_count(); }
    [[nodiscard]] slice_index slice_of(const hash_value& d) const {
        const slice_index slice = ranges_.slice_of(d);
        return turned_ ? static_cast<slice_index>(slice_count() - 1) - slice : slice;
    }
    [[nodiscard]] bool owns(slice_index slice, const hash_value& d) const {
        return slice_of(d) == slice;
    }

private:
    equal_ranges<> ranges_;
    bool turned_ = false;
};

std::mutex notes_mutex;
std::map<std::string, std::string> taken_by;  ///< runner, by the item's text
std::string last_error;

struct noting_runner {
    static constexpr std::string_view class_name = "NotingRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 0> flows_to{};
    static constexpr double sleep_s = 0.02;

    template <class Site>
    static result<disposition> dispose(Site& s, typename Site::item_type& item) {
        const std::lock_guard lock(notes_mutex);
        // Before its lease.
        const std::string& identity = s.settings().identity;
        taken_by[item.text] = identity.substr(0, identity.find('@'));
        return disposition::done;
    }
};

template <class Partition>
using spool_of = spool_traits<plain_format, basic_hash_policy<metadata_key<"key">>, Partition,
                              strict_order, flat_layout, increasing_stamps>;

struct turned_site : topology<spool_of<turned_ranges>, runners<sliced<noting_runner, 2>>,
                              machines<machine_runs<"here", everything>>, ends_at<>, enters<"in">> {
    using stands_by = standby<>;

    template <class Runner>
    static result<turned_ranges> partition_of() {
        auto made = turned_ranges::make(slice_count<Runner>);
        if (made) made->turn();
        return made;
    }
};

/// Looks until it is so, for at most a minute.
bool becomes_true(const std::function<bool()>& so) {
    for (int look = 0; look < 3000; ++look) {
        {
            const std::lock_guard lock(notes_mutex);
            if (so()) return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

}  // namespace

TEST_CASE(
    "machines that own slices divide them by the topology's partition_of, and say which number of "
    "slices its partition cannot have") {
    const test::temporary_directory place;
    posix_world w([](std::string_view log, std::string_view line) {
        const std::lock_guard lock(notes_mutex);
        if (log == "error") last_error = line;
    });
    site_settings at{place.path(), "admin"};
    at.queues = place.path() + "/spool";
    site<posix_world, turned_site::spool> admin(w, at);
    REQUIRE(admin.make_directories(turned_site::queues));
    REQUIRE(state_deployment<turned_site>(admin));

    owning_settings settings{at.queues, {}};
    settings.times.takeover_s = 2;
    result<void> ran;
    std::thread machine([&] {
        ran = run_owned<turned_site>(w, "here", settings, [&at](const runner_slice& r, auto world) {
            site_settings own = at;
            own.identity = std::to_string(r.slice) + " of " + std::to_string(r.slice_count);
            return site<decltype(world), turned_site::spool>(std::move(world), std::move(own));
        });
    });
    const auto ranges = turned_site::partition_of<noting_runner>();
    std::map<std::string, std::string> expected;
    for (const char* key : {"a", "b", "c", "d", "e", "f"}) {
        const auto name = admin.enqueue("in", key, {{"key", key}});
        REQUIRE(name);
        const auto hash = hash_value::parse(std::string_view(*name).substr(name->find('+') + 1));
        REQUIRE(hash);
        expected[key] = std::to_string(ranges->slice_of(*hash)) + " of 2";
    }
    CHECK(becomes_true([&] { return taken_by.size() == expected.size(); }));
    CHECK(taken_by == expected);

    REQUIRE(change_slices(w, at.queues, "in", 3, "admin"));
    CHECK(becomes_true([&] { return !last_error.empty(); }));
    CHECK_THAT(last_error, Catch::Contains("expected an even number of slices"));
    REQUIRE(admin.enqueue("in", "g", {{"key", "g"}}));

    REQUIRE(change_slices(w, at.queues, "in", 4, "admin"));
    CHECK(becomes_true([&] { return taken_by.contains("g"); }));
    CHECK_THAT(taken_by["g"], Catch::EndsWith(" of 4"));
    w.request_stop();
    machine.join();
    CHECK(ran);
}

TEST_CASE("a partition whose number of slices is part of its type refuses any other") {
    const queue_terms two{"in", 2, "equal", "", ""};
    CHECK(detail::partition_by_terms<equal_ranges<2>>(two)->slice_count() == 2);
    const auto three = detail::partition_by_terms<equal_ranges<2>>({"in", 3, "equal", "", ""});
    REQUIRE_FALSE(three);
    CHECK(three.error().code == error_code::rejected);
    CHECK(three.error().to_string() ==
          "in: this program's partition cannot have 3 slices (rejected)");
}

TEST_CASE("a deployment file may state new weights, one for each slice") {
    const auto made =
        detail::partition_by_terms<weighted_ranges<>>({"in", 2, "weighted:3,1", "", ""});
    REQUIRE(made);
    CHECK(made->range_of(0).upper.next() == hash_value::fraction(3, 4));
    for (const char* wrong : {"weighted:3", "weighted:3,0", "weighted:3,x"}) {
        CHECK_FALSE(detail::partition_by_terms<weighted_ranges<>>({"in", 2, wrong, "", ""}));
    }
}

}  // namespace qslice
