#include "lab/ordered_site.hpp"
#include "sim/check/check_run.hpp"
#include "sim/check/guarantees.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim_model/small_site.hpp"
#include "support/repetitions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

/// Machines that keep lists in order and own their slices.
scenario owned_site() {
    scenario s = ordered_site();
    s.deployment.file = true;
    s.deployment.standby = true;
    s.policy.list_locks = "qslice";
    s.services.delivery.mean_s = 0.2;
    s.drain_s = 600;
    return s;
}

fault fault_at(fault::kind what, std::string machine, double at_s, double down_s) {
    fault f;
    f.what = what;
    f.machine = std::move(machine);
    f.at_s = at_s;
    f.down_s = down_s;
    return f;
}

double seconds_after(const run_record& r, double at_s, virtual_time t) {
    return to_seconds(t - add(r.started, to_duration(at_s)));
}

/// When a slice of a queue has a runner again, counted from the end of the last one's.
std::vector<double> gaps(const run_record& r, std::string_view queue, double from_s) {
    std::vector<double> found;
    std::vector<const process_record*> runners;
    for (const process_record& p : r.processes) {
        if (p.queue == r.queue_index(queue)) runners.push_back(&p);
    }
    for (const process_record* ended : runners) {
        if (ended->ended == never || seconds_after(r, from_s, ended->ended) < 0) continue;
        virtual_time next = never;
        for (const process_record* p : runners) {
            if (p->slice == ended->slice && p->slices == ended->slices &&
                p->started >= ended->ended) {
                next = std::min(next, p->started);
            }
        }
        if (next != never) found.push_back(to_seconds(next - ended->ended));
    }
    return found;
}

bool all_arrived(const run_record& r) {
    return none_is(times(r, r.deliveries), 0) && none_is(times(r, r.archivings), 0);
}

}  // namespace

TEST_CASE("with owners and without faults every post is delivered once, as without owners") {
    const run_record r = played(owned_site(), bursts(60, 1));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(all_are(times(r, r.archivings), 1));
    CHECK(inversions(r, "delivery", "list") == 0);
    CHECK_FALSE(logged(r, "took over"));
}

TEST_CASE(
    "the slices of a machine that dies for good are served by the others within ten seconds") {
    scenario s = owned_site();
    s.machines[0].accepts_posts = false;
    s.faults = {fault_at(fault::kind::crash_machine, "machine1", 10, 100'000)};
    const run_record r = played(s, bursts(120, 2));
    CHECK(all_arrived(r));
    CHECK(inversions(r, "delivery", "list") == 0);
    CHECK(logged(r, "took over from machine1/IncomingRunner"));
    const auto waits = gaps(r, "in", 0);
    REQUIRE(waits.size() == 1);
    CHECK(waits[0] > 4);
    CHECK(waits[0] <= 10);
}

TEST_CASE("a machine that boots again gets its slices back") {
    scenario s = owned_site();
    s.faults = {fault_at(fault::kind::crash_machine, "machine1", 10, 30)};
    s.machines[0].accepts_posts = false;
    const run_record r = played(s, bursts(200, 3));
    CHECK(all_arrived(r));
    CHECK(logged(r, "given back, as its own owner is there again"));
    std::string last;
    for (const process_record& p : r.processes) {
        if (p.name == "IncomingRunner:0:3") last = p.machine;
    }
    CHECK(last == "machine1");
}

TEST_CASE(
    "a process that stands still for a minute is followed, and does no harm when it wakes up") {
    for (std::uint64_t seed = 1; seed <= repetitions(12); ++seed) {
        CAPTURE(seed);
        scenario s = owned_site();
        s.seed = seed;
        fault f = fault_at(fault::kind::pause_process, "machine1", 3, 60);
        f.process = seed % 2 == 0 ? "IncomingRunner" : "OutgoingRunner";
        f.call = call_table[seed % call_kinds].value;
        f.count = 5 + seed;
        f.after_call = seed % 3 == 0;
        s.faults = {f};
        const run_record r = played(s, bursts(80, seed));
        CHECK(all_arrived(r));
        CHECK(inversions(r, "delivery", "list") == 0);
        const auto delivered = times(r, r.deliveries);
        CHECK(std::count_if(delivered.begin(), delivered.end(), [](int n) { return n > 1; }) <= 1);
    }
}

TEST_CASE("a change of the number of slices under load delivers every post once, in order") {
    for (const std::uint64_t slices : {1U, 2U, 4U, 7U}) {
        CAPTURE(slices);
        scenario s = owned_site();
        s.deployment.changes = {{15, "", slices}};
        const run_record r = played(s, bursts(120, slices));
        CHECK(all_are(times(r, r.deliveries), 1));
        CHECK(inversions(r, "delivery", "list") == 0);
        CHECK(std::any_of(r.processes.begin(), r.processes.end(), [&](const process_record& p) {
            return p.name == "IncomingRunner:0:" + std::to_string(slices) && p.ended == never;
        }));
    }
}

TEST_CASE("a machine that cannot reach the storage is followed, and goes on when it can") {
    scenario s = owned_site();
    fault f = fault_at(fault::kind::cut_off, "machine2", 10, 0);
    f.until_s = 50;
    s.faults = {f};
    const run_record r = played(s, bursts(100, 5));
    CHECK(all_arrived(r));
    CHECK(inversions(r, "delivery", "list") == 0);
    CHECK(logged(r, "took over from machine2/IncomingRunner"));
}

TEST_CASE("pauses, crashes, dead machines and changes at random moments lose and reorder nothing") {
    for (std::uint64_t seed = 1; seed <= repetitions(60); ++seed) {
        CAPTURE(seed);
        scenario s = owned_site();
        s.seed = seed;
        s.storage.nfs = seed % 4 == 0;
        random_stream random(seed, "takeover");
        const auto machine = [&] { return "machine" + std::to_string(1 + random.below(3)); };
        const std::uint64_t faults = 1 + random.below(4);
        for (std::uint64_t i = 0; i < faults; ++i) {
            const double at = 30 * random.uniform();
            fault f =
                fault_at(fault::kind::crash_process, machine(), at, 1 + 40 * random.uniform());
            switch (random.below(4)) {
                case 0: f.what = fault::kind::pause_process; break;
                case 1: break;
                case 2: f.what = fault::kind::crash_machine; break;
                default: f.what = fault::kind::cut_off; f.until_s = at + f.down_s;
            }
            if (f.what != fault::kind::cut_off && random.below(3) != 0) {
                f.process = random.below(2) == 0 ? "IncomingRunner" : "OutgoingRunner";
                f.call = call_table[random.below(call_kinds)].value;
                f.count = 1 + random.below(60);
                f.after_call = random.below(2) == 0;
            }
            s.faults.push_back(f);
        }
        const std::uint64_t changes = random.below(3);
        for (std::uint64_t i = 0; i < changes; ++i) {
            s.deployment.changes.push_back({30 * random.uniform(), "", 1 + random.below(5)});
        }
        std::sort(s.deployment.changes.begin(), s.deployment.changes.end(),
                  [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
        const run_record r = played(s, bursts(50, seed));
        const run_results results = check_run(r);
        INFO(story_of(results.guarantees.front()));
        CHECK(results.conservation.lost == 0);
        CHECK(none_is(times(r, r.deliveries), 0));
        // Those that the server accepted once: a post that was sent again has two copies.
        const bool resent = std::any_of(r.posts.begin(), r.posts.end(),
                                        [](const post_record& p) { return p.attempts > 1; });
        if (!resent) CHECK(inversions(r, "delivery", "list") == 0);
    }
}
