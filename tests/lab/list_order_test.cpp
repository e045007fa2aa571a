#include "lab/ordered_site.hpp"

#include "sim/check/check_run.hpp"

#include <algorithm>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

constexpr std::uint64_t seeds = 60;  // each with its own stream, schedule and service times

/// Runners crash at random storage calls. A restart limit would end a slice.
void let_runners_crash(scenario& s) {
    s.restart_limit = 1'000'000;
    for (const char* runner : {"IncomingRunner", "OutgoingRunner", "ArchRunner"}) {
        fault f;
        f.what = fault::kind::crash_process;
        f.process = runner;
        f.probability = 0.002;
        s.faults.push_back(f);
    }
}

/// Every machine's clock is set back once, each at a different time.
void set_clocks_back(scenario& s) {
    for (std::size_t m = 0; m < s.machines.size(); ++m) {
        fault f;
        f.what = fault::kind::clock_step;
        f.machine = s.machines[m].name;
        f.at_s = 5 + 4 * static_cast<double>(m);
        f.amount = -6;
        s.faults.push_back(f);
    }
}

/// Archiving is slow and holds the list's lock for longer than the incoming runner waits.
void hold_locks(scenario& s) {
    s.services.archive = {service_time::shape::exponential, 6, 1};
    s.machines[0].slowness = 2;
}

}  // namespace

TEST_CASE("the posts of a list are delivered in the order of their acceptance, on three machines") {
    CHECK(broken_runs(ordered_site(), "list", seeds) == 0);
}

TEST_CASE("list order survives clocks that are set back, unavailable locks, and crashes",
          "[slow]") {
    scenario s = ordered_site();
    set_clocks_back(s);
    CHECK(broken_runs(s, "list", seeds) == 0);

    scenario locked = ordered_site();
    hold_locks(locked);
    std::size_t kept = 0;
    CHECK(broken_runs(locked, "list", 20, [&](scenario& one, std::uint64_t seed) {
              const run_record run = played(one, bursts(60, seed));
              for (const entry_record& e : run.entries) {
                  if (run.queues[e.queue] == "in" && e.times_taken > 1) ++kept;
              }
          }) == 0);
    CHECK(kept > 20);  // so that it was really tried

    let_runners_crash(s);
    std::size_t crashes = 0;
    CHECK(broken_runs(s, "list", seeds, [&](scenario& one, std::uint64_t seed) {
              if (seed == 1) crashes = played(one, bursts(60, seed)).faults.size();
          }) == 0);
    CHECK(crashes > 5);
}

TEST_CASE("the check of list order knows which settings keep it, whatever clocks and runners do") {
    scenario s = ordered_site();
    set_clocks_back(s);
    const auto verdict = [](const scenario& setting) {
        const run_results results = check_run(played(setting, bursts(60, 1)));
        const auto at = std::find_if(results.guarantees.begin(), results.guarantees.end(),
                                     [](const auto& g) { return g.name == "list_order"; });
        REQUIRE(at != results.guarantees.end());
        return at->verdict;
    };
    CHECK(verdict(s) == guarantee_verdict::holds);
    s.policy.stamps = "clock";
    CHECK(verdict(s) == guarantee_verdict::not_applicable);
    // Its assumptions are met, and the guarantee is broken.
    scenario mailman = ordered_site();
    mailman.policy = {};
    for (machine_choice& m : mailman.machines) m.clock = {};
    CHECK(verdict(mailman) == guarantee_verdict::broken);
}

TEST_CASE("an unreachable mail server delays a list's posts and reorders none") {
    scenario s = ordered_site();
    fault f;
    f.what = fault::kind::delivery_outage;
    f.at_s = 3;
    f.until_s = 20;
    s.faults.push_back(f);
    CHECK(broken_runs(s, "list", 20) == 0);
    s.policy.stamps = "clock";
    CHECK(broken_runs(s, "list", 20) > 0);
}

TEST_CASE("list order needs each of its settings", "[slow]") {
    const auto breaks = [](auto change) {
        scenario s = ordered_site();
        change(s);
        return broken_runs(s, "list", 20) > 0;
    };
    CHECK(breaks([](scenario& s) { s.policy.stamps = "clock"; }));
    CHECK(breaks([](scenario& s) { s.policy.hash = "mailman21"; }));
    CHECK(breaks([](scenario& s) { s.policy.order = "mailman"; }));
    CHECK(breaks([](scenario& s) { s.intake.what = intake_choice::kind::program; }));
    CHECK(breaks([](scenario& s) { s.intake.by = intake_choice::route::turns; }));
}

TEST_CASE("the clock's stamps break list order if it is set back, however fine it is") {
    scenario s = ordered_site();
    for (machine_choice& m : s.machines) m.clock = {};
    set_clocks_back(s);
    CHECK(broken_runs(s, "list", 20) == 0);
    s.policy.stamps = "clock";
    CHECK(broken_runs(s, "list", 20) > 0);
}

TEST_CASE("Mailman's own policy breaks list order in every run of three slices") {
    scenario s = ordered_site();
    s.policy = {};
    s.intake = {};
    CHECK(broken_runs(s, "list", 10) == 10);
}

TEST_CASE("list order also holds with Mailman 3's new stamp in each queue") {
    scenario s = ordered_site();
    use_mailman3(s);
    set_clocks_back(s);
    CHECK(broken_runs(s, "list", 20) == 0);
}

TEST_CASE("a sender's posts keep their order with sender affinity", "[slow]") {
    scenario s = ordered_site();
    s.policy.hash = "sender_affinity";
    s.intake.by = intake_choice::route::sender;
    hold_locks(s);
    CHECK(broken_runs(s, "sender", 30) == 0);
    s.policy.stamps = "clock";
    CHECK(broken_runs(s, "sender", 30) > 0);
}

TEST_CASE("list order holds with unequal machines and with any partition by keys") {
    for (const char* partition : {"weighted:3,2,1", "rendezvous", "jump", "modulo", "ring"}) {
        scenario s = ordered_site();
        s.policy.partition = partition;
        INFO(partition);
        CHECK(broken_runs(s, "list", 8) == 0);
    }
}

TEST_CASE("a post interrupted by a crash of its server comes again and is not lost") {
    scenario s = ordered_site();
    fault f;
    f.what = fault::kind::crash_process;
    f.process = "post";
    f.call = call_kind::rename;
    f.count = 3;
    s.faults.push_back(f);
    s.machines[1].accepts_posts = s.machines[2].accepts_posts = false;
    const run_record run = played(s, bursts(30, 1));
    CHECK(run.faults.size() == 1);
    CHECK(none_is(times(run, run.deliveries), 0));
    std::size_t again = 0;
    for (const post_record& p : run.posts) again += p.attempts > 1 ? 1 : 0;
    CHECK(again >= 1);
}

TEST_CASE("a server queues one post after another, programs may overlap") {
    const auto overlaps = [](intake_choice::kind what) {
        scenario s = ordered_site();
        s.intake = {what, intake_choice::route::list};
        const run_record run = played(s, bursts(60, 3));
        return inversions(run, "in", "list");
    };
    CHECK(overlaps(intake_choice::kind::server) == 0);
    CHECK(overlaps(intake_choice::kind::program) > 0);
}
