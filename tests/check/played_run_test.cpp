/// @file
/// The checks on records made by the simulation.
#include "sim/check/check_run.hpp"
#include "sim/check/overtaking.hpp"

#include "sim_model/small_site.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using namespace qslice::sim;
using namespace qslice::sim::test;

namespace {

const guarantee_result& find(const run_results& r, std::string_view name) {
    for (const guarantee_result& g : r.guarantees) {
        if (g.name == name) return g;
    }
    FAIL("no such guarantee");
    return r.guarantees.front();
}

}  // namespace

TEST_CASE("three machines that run a stream have no fault") {
    const run_results r = check_run(played(small_site(), steady_stream(300)));
    INFO(r.verdict);
    CHECK_FALSE(r.fault);
    CHECK(r.conservation.accepted == 300);
    CHECK(r.conservation.completed == 300);
    CHECK(r.conservation.recipients_reached == 900);
    CHECK(r.conservation.posts_duplicated == 0);
    CHECK(r.value_of("balance.in.entries") == 300);
    CHECK(r.value_of("balance.in.p_value") > 0.001);
    CHECK(r.deliveries.machines.size() == 3);
    CHECK(r.deliveries.unused == 0);
    CHECK(r.value_of("latency.p50") > 0);
    CHECK(r.value_of("latency.p50") < 10);
    CHECK(r.value_of("utilisation.max") > 0);
    CHECK(r.value_of("utilisation.max") <= 1);
    for (const char* name : {"conservation", "at_least_once", "exactly_once", "no_orphan",
                             "one_owner", "no_starvation"}) {
        INFO(name << ": " << find(r, name).because);
        CHECK(find(r, name).statement_true);
    }
}

TEST_CASE("a site without a runner of out/ leaves every post orphaned, and is a problem") {
    scenario s = small_site();
    for (machine_choice& m : s.machines) {
        std::erase_if(m.runners, [](const auto& c) { return c.runner == "OutgoingRunner"; });
    }
    const run_results r = check_run(played(s, steady_stream(20)));
    CHECK(r.fault);
    CHECK(r.value_of("conservation.orphaned") == 20);
    CHECK(r.value_of("conservation.queued") == 0);
    CHECK(r.value_of("guarantee.no_orphan") == 0);
    CHECK(r.value_of("guarantee.at_least_once") == 0);
    CHECK(r.value_of("guarantee.exactly_once") == 0);
    CHECK(r.conservation.balanced());
    CHECK(mentions(
        r.verdict,
        "in queues that no runner serves, the first in out/; 20 posts wait there forever"));
}

TEST_CASE("a site without any runner is a problem") {
    scenario s = small_site();
    for (machine_choice& m : s.machines) m.runners.clear();
    const run_results r = check_run(played(s, steady_stream(7)));
    CHECK(r.fault);
    CHECK(r.value_of("conservation.orphaned") == 7);
    CHECK(
        mentions(r.verdict,
                 "in queues that no runner serves, the first in in/; 7 posts wait there forever"));
}

TEST_CASE("a site without a runner of archive/ delivers every post, and leaves it orphaned") {
    scenario s = small_site();
    for (machine_choice& m : s.machines) {
        std::erase_if(m.runners, [](const auto& c) { return c.runner == "ArchRunner"; });
    }
    const run_results r = check_run(played(s, steady_stream(8)));
    CHECK(r.fault);
    CHECK(r.conservation.delivered == 8);
    CHECK(r.value_of("conservation.orphaned") == 8);
}

TEST_CASE("messages that a moderator has to see are not orphaned: held/ has no runner on purpose") {
    scenario s = small_site();
    s.list_defaults.hold_all = true;
    const run_results r = check_run(played(s, steady_stream(5)));
    INFO(r.verdict);
    CHECK_FALSE(r.fault);
    CHECK(r.conservation.held == 5);
    CHECK(r.conservation.entries_orphaned == 0);
}

TEST_CASE("a slice without a runner is found as the fault, by queue and number") {
    scenario s = small_site();
    std::erase(s.machines[2].runners, runner_choice{"OutgoingRunner", 2, 3});
    s.drain_s = 120;
    const run_results r = check_run(played(s, steady_stream(60)));
    CHECK(r.fault);
    CHECK(mentions(r.verdict, "no running runner serves, the first in slice 2 of out/"));
    CHECK(r.conservation.orphaned > 0);
    CHECK(r.conservation.lost == 0);
    CHECK(r.conservation.balanced());
    CHECK(find(r, "no_orphan").verdict == guarantee_verdict::broken);
}

TEST_CASE("posts that wait in pipeline/ of a Mailman 3 site for a runner are not lost") {
    scenario s = small_site(2);
    use_mailman3(s);
    std::erase(s.machines[1].runners, runner_choice{"PipelineRunner", 1, 2});
    s.drain_s = 120;
    const run_results r = check_run(played(s, steady_stream(60)));
    CHECK(mentions(r.verdict, "no running runner serves, the first in slice 1 of pipeline/"));
    CHECK(r.conservation.orphaned > 10);
    CHECK(r.conservation.lost == 0);
    CHECK(r.conservation.completed + r.conservation.orphaned == 60);
    CHECK(r.conservation.balanced());
}

TEST_CASE("a post that falls behind in pipeline/ of a Mailman 3 site is explained there") {
    scenario s = small_site(2);
    use_mailman3(s);
    s.machines[1].slowness = 4;
    const run_record run = played(s, steady_stream(100, 0.03));
    const run_index index(run);
    std::set<std::string> queues;
    for (std::uint32_t a = 0; a < 100; ++a) {
        for (std::uint32_t b = a + 1; b < 100; ++b) {
            const overtaking found = explain_effects(index, {order_stage::kind::delivery}, a, b);
            if (found.earlier_out > found.later_out) queues.insert(found.queue);
        }
    }
    CHECK(queues.contains("in"));
    CHECK(queues.contains("pipeline"));
    CHECK(queues.contains("out"));
    CHECK(queues.size() == 3);
}

TEST_CASE("recipients that are noted as bouncing are no loss, under either Mailman") {
    for (const bool three : {false, true}) {
        scenario s = small_site(2);
        if (three) use_mailman3(s);
        s.services.fails_for_good = 0.4;
        const run_results r = check_run(played(s, steady_stream(40)));
        CHECK(r.conservation.lost == 0);
        CHECK(r.conservation.completed == 40);
        CHECK(r.conservation.recipients_reached < 120);
    }
}

TEST_CASE("a runner that crashes between delivery and the end of its entry delivers twice") {
    scenario s = small_site();
    fault crash;
    crash.what = fault::kind::crash_process;
    crash.process = "OutgoingRunner";
    crash.call = call_kind::remove;
    crash.count = 1;
    s.faults = {crash};
    const run_results r = check_run(played(s, steady_stream(30)));
    INFO(r.verdict);
    CHECK(r.conservation.posts_duplicated == 1);
    CHECK(r.conservation.completed == 30);
    CHECK_FALSE(r.fault);
    const guarantee_result& once = find(r, "exactly_once");
    CHECK(once.verdict == guarantee_verdict::not_applicable);
    CHECK_FALSE(once.statement_true);
    REQUIRE(once.problem);
    CHECK(mentions(once.problem->story, "2 times"));
}

TEST_CASE("checking a record twice gives the same result") {
    const run_record record = played(small_site(), steady_stream(40));
    const run_results a = check_run(record);
    const run_results b = check_run(record);
    CHECK(a.verdict == b.verdict);
    REQUIRE(a.measures.size() == b.measures.size());
    for (std::size_t m = 0; m < a.measures.size(); ++m) {
        CHECK(a.measures[m].name == b.measures[m].name);
        const bool both_none = a.measures[m].value != a.measures[m].value &&
                               b.measures[m].value != b.measures[m].value;
        CHECK((both_none || a.measures[m].value == b.measures[m].value));
    }
}
