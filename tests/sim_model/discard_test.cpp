#include "sim/model/site_program_of.hpp"
#include "sim_model/small_site.hpp"

#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>

#include <array>
#include <string_view>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

/// What a careless moderation does with a post; its list's name says which.
struct careless_moderation {
    static constexpr std::string_view name = "Careless";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    qslice::result<qslice::verdict> operator()(Site& s, qslice::post& p) const {
        const std::string& list = p.list.name;
        if (list == "discards" || list == "pretends") log_discarded(s, p, name);
        const bool drops = list == "discards" || list == "drops";
        return drops ? qslice::verdict::stop : qslice::verdict::next;
    }
};

/// Gives a post up after it is queued for the archive.
struct late_moderation {
    static constexpr std::string_view name = "Late";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    qslice::result<qslice::verdict> operator()(Site& s, qslice::post& p) const {
        if (p.list.name != "archives") return qslice::verdict::next;
        log_discarded(s, p, name);
        return qslice::verdict::stop;
    }
};

struct careless_incoming_runner
    : qslice::basic_incoming_runner<
          qslice::pipeline<careless_moderation, qslice::calculate_recipients, qslice::to_archive,
                           late_moderation, qslice::to_outgoing>> {};

struct equal_slices {
    qslice::result<qslice::equal_ranges<>> operator()(std::string_view,
                                                      std::uint64_t slices) const {
        return qslice::equal_ranges<>::make(slices);
    }
};

constexpr auto careless_runners =
    boost::hana::tuple_t<careless_incoming_runner, qslice::archive_runner, qslice::outgoing_runner,
                         qslice::virgin_runner, qslice::retry_runner, qslice::bounce_runner>;

/// Two posts to each list, in turns.
run_record played_carelessly(scenario s, const std::vector<std::string>& lists) {
    message_stream stream = steady_stream(2 * lists.size());
    stream.lists = lists;
    for (std::size_t i = 0; i < stream.arrivals.size(); ++i) {
        stream.arrivals[i].list = static_cast<std::uint32_t>(i % lists.size());
    }
    const site_program_of<qslice::mailman21_spool, std::decay_t<decltype(careless_runners)>,
                          equal_slices>
        program(careless_runners, {});
    auto record = simulate(s, std::move(stream), program);
    if (!record) FAIL(record.error().to_string());
    return *std::move(record);
}

}  // namespace

TEST_CASE("a discard is a post that its runner says it discards and that goes no further") {
    const std::vector<std::string> lists{"discards", "pretends", "drops", "archives", "posts"};
    const run_record r = played_carelessly(small_site(2), lists);
    const auto delivered = times(r, r.deliveries);
    const auto archived = times(r, r.archivings);
    for (std::size_t p = 0; p < r.posts.size(); ++p) {
        const std::string& list = lists[p % lists.size()];
        INFO(list);
        // Word and deed.
        CHECK(r.posts[p].discarded == (list == "discards"));
        // Whatever the log says, these went their way, and what is dropped without a word is lost.
        CHECK(delivered[p] == (list == "pretends" || list == "posts" ? 1 : 0));
        CHECK(archived[p] == (list == "discards" || list == "drops" ? 0 : 1));
        CHECK_FALSE(r.posts[p].held);
        CHECK_FALSE(r.posts[p].shunted);
    }
    CHECK(with_fate(r, entry_fate::finished) == r.entries.size());
}

TEST_CASE("a post whose runner crashes after it said that it discards it is not discarded yet") {
    scenario s = small_site(1);
    fault crash;
    crash.what = fault::kind::crash_process;
    crash.process = "IncomingRunner";
    crash.call = call_kind::remove;
    crash.count = 2;  // each post: the lock's claim, the lock, the entry
    for (; crash.count <= 8; ++crash.count) {
        s.faults = {crash};
        s.restart_limit = 0;
        s.drain_s = 60;
        const run_record r = played_carelessly(s, {"discards"});
        INFO(crash.count);
        REQUIRE(r.faults.size() <= 1);
        const auto still_there = [&](std::size_t p) {
            return std::any_of(r.entries.begin(), r.entries.end(), [&](const entry_record& e) {
                return e.post == p && e.fate != entry_fate::finished;
            });
        };
        for (std::size_t p = 0; p < r.posts.size(); ++p) {
            CHECK(r.posts[p].discarded == !still_there(p));
        }
        s.restart_limit = 10;  // the next life of the runner discards it
        const run_record again = played_carelessly(s, {"discards"});
        for (const post_record& p : again.posts) CHECK(p.discarded);
    }
}
