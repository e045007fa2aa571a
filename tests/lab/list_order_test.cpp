#include "lab/ordered_site.hpp"

#include "sim/check/check_run.hpp"
#include "sim/stream/timing.hpp"

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

TEST_CASE("the posts of a list are delivered in the order of their acceptance, on three machines",
          "[unsanitized]") {
    CHECK(broken_runs(ordered_site(), "list", seeds) == 0);
}

TEST_CASE("list order survives clocks that are set back, unavailable locks, and crashes",
          "[slow][unsanitized]") {
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

TEST_CASE("an unreachable mail server delays a list's posts and reorders none", "[unsanitized]") {
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

TEST_CASE("list order needs each of its settings", "[slow][unsanitized]") {
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

TEST_CASE("the clock's stamps break list order if it is set back, however fine it is",
          "[unsanitized]") {
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

TEST_CASE("list order also holds with Mailman 3's new stamp in each queue", "[unsanitized]") {
    scenario s = ordered_site();
    use_mailman3(s);
    set_clocks_back(s);
    CHECK(broken_runs(s, "list", 20) == 0);
}

TEST_CASE("a sender's posts keep their order with sender affinity", "[slow][unsanitized]") {
    scenario s = ordered_site();
    s.policy.hash = "sender_affinity";
    s.intake.by = intake_choice::route::sender;
    hold_locks(s);
    CHECK(broken_runs(s, "sender", 30) == 0);
    s.policy.stamps = "clock";
    CHECK(broken_runs(s, "sender", 30) > 0);
}

TEST_CASE("list order holds with unequal machines and with any partition by keys",
          "[unsanitized]") {
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

TEST_CASE("lists taken in turn stay in order, whatever clocks and runners do", "[unsanitized]") {
    scenario s = ordered_site();
    s.policy.order = "fair_by_key";
    CHECK(broken_runs(s, "list", seeds) == 0);
    set_clocks_back(s);
    let_runners_crash(s);
    CHECK(broken_runs(s, "list", seeds) == 0);
}

TEST_CASE("a post that its runner queues again after a crash keeps its place in its list",
          "[slow][unsanitized]") {
    scenario s = ordered_site();
    set_clocks_back(s);
    let_runners_crash(s);
    CHECK(broken_runs(s, "list", 200) == 0);
}

TEST_CASE("a list's burst does not make the other lists wait if lists are taken in turn",
          "[unsanitized]") {
    scenario s = small_site(1);
    s.policy.hash = "list_affinity";
    s.policy.stamps = "increasing";
    s.policy.list_locks = "qslice";
    s.intake = {intake_choice::kind::server, intake_choice::route::list};
    s.storage.kind = "memory";
    s.services.delivery = {service_time::shape::constant, 0.1, 1};
    s.digests.period_s = 0;

    // Three lists with a post every five seconds; in the middle 487 of a fourth list within ten.
    const auto posts = [](bool with_burst) {
        message_stream stream;
        stream.lists = {"ants", "bees", "cats", "dogs"};
        stream.senders = {"ann@example.org"};
        const auto add = [&](double at, std::uint32_t list) {
            arrival a;
            a.time = to_virtual_time(1400972196 + at);
            a.list = list;
            a.sender = 0;
            a.size_bytes = 600;
            a.message_id = stream.arrivals.size() + 1;
            stream.arrivals.push_back(a);
        };
        for (int i = 0; i < 200; ++i) add(i * 5.0, static_cast<std::uint32_t>(i % 3));
        for (int i = 0; with_burst && i < 487; ++i) add(300 + i * 10.0 / 487, 3);
        sort_by_time(stream);
        return stream;
    };
    // The 99th percentile of the other lists' times from acceptance to delivery.
    const auto others_p99 = [&](const char* order, bool with_burst) {
        s.policy.order = order;
        const message_stream stream = posts(with_burst);
        const run_record run = played(s, stream);
        REQUIRE(undelivered(run) == 0);
        CHECK(inversions(run, "delivery", "list") == 0);
        std::vector<double> waits;
        for (const effect_record& d : run.deliveries) {
            if (d.post == none || stream.arrivals[d.post].list == 3) continue;
            waits.push_back(to_seconds(d.time - run.posts[d.post].accepted));
        }
        std::sort(waits.begin(), waits.end());
        return waits[waits.size() * 99 / 100];
    };
    const double alone = others_p99("fair_by_key", false);
    const double beside = others_p99("fair_by_key", true);
    INFO(alone << " s alone, " << beside << " s beside the burst");
    CHECK(beside <= 1.5 * alone);
    const double strict = others_p99("strict", true);
    INFO(strict << " s in strict order");
    CHECK(strict > 10 * alone);
}
