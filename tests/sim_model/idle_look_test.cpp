#include "sim_model/small_site.hpp"

#include "sim/engine/random_stream.hpp"

#include <qslice/core/entry_name.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

std::int64_t ns(virtual_time t) { return t.time_since_epoch().count(); }

// Everything that a run records, as lines.
std::vector<std::string> lines_of(const run_record& r) {
    std::vector<std::string> lines;
    const auto add = [&](auto&&... values) {
        std::string line;
        ((line += fmt::format("{} ", values)), ...);
        lines.push_back(line);
    };
    for (const process_record& p : r.processes) {
        add("process", p.machine, p.name, ns(p.started), ns(p.ended), p.crashed, p.handled,
            p.working.count());
    }
    for (const entry_record& e : r.entries) {
        add("entry", e.queue, e.post, to_base_name(e.name), ns(e.enqueued), ns(e.taken),
            ns(e.finished), e.enqueued_by, e.taken_by, e.times_taken, name_in(fate_table, e.fate));
    }
    for (const effect_record& e : r.deliveries) add("delivery", e.post, e.process, ns(e.time));
    for (const effect_record& e : r.archivings) add("archiving", e.post, e.process, ns(e.time));
    for (const post_record& p : r.posts) add("post", ns(p.accepted), p.attempts, p.digested);
    for (const digest_record& d : r.digests) add("digest", d.list, ns(d.made), d.posts.size());
    for (const fault_record& f : r.faults) add("fault", ns(f.time), f.machine, f.process, f.what);
    for (const log_record& l : r.logs) add("log", ns(l.time), l.process, l.log, l.line);
    add("run", ns(r.started), ns(r.ended), r.storage_calls, r.events);
    return lines;
}

void plays_the_same(const scenario& s, const message_stream& stream) {
    simulation_hooks in_full;
    in_full.play_every_look = true;
    const auto skipped = lines_of(played(s, stream));
    const auto full = lines_of(played(s, stream, in_full));
    REQUIRE(skipped.size() == full.size());
    for (std::size_t i = 0; i < full.size(); ++i) CHECK(skipped[i] == full[i]);
}

}  // namespace

TEST_CASE("a run with idle hours is the same whether or not each look is played", "[unsanitized]") {
    scenario s = small_site();
    const double gap_s = GENERATE(1.0, 7.3, 900.0);
    SECTION("with latencies that vary") {}
    SECTION("with equal latencies") { s.storage.latency_spread = 0; }
    SECTION("in memory, where a look takes no time") {
        s.storage.kind = "memory";
        s.storage.latency_spread = 0;
    }
    SECTION("with clocks that run at different speeds") {
        s.machines[0].clock.drift = 1e-3;
        s.machines[1].clock.drift = -2e-3;
    }
    SECTION("with machines that come and go") {
        s.machines[1].from_s = 100;
        s.machines[2].until_s = 400;
    }
    SECTION("with entries that no runner takes") {
        s.machines.pop_back();
        s.drain_s = 600;
    }
    SECTION("through an NFS client, whose cache must be played") { s.storage.nfs = true; }
    plays_the_same(s, steady_stream(12, gap_s));
}

TEST_CASE("a run with idle hours and faults is the same whether or not each look is played",
          "[unsanitized]") {
    using kind = fault::kind;
    const auto seed = GENERATE(range(1, 25));
    random_stream chance(static_cast<std::uint64_t>(seed), "faults");
    scenario s = small_site();
    s.seed = static_cast<std::uint64_t>(seed);
    for (const kind what : {kind::crash_process, kind::crash_machine, kind::power_loss,
                            kind::slow_machine, kind::clock_step, kind::clock_drift,
                            kind::storage_stall, kind::delivery_outage, kind::disk_full}) {
        if (chance.below(2) == 0) continue;
        fault f;
        f.what = what;
        f.at_s = 1 + 1500 * chance.uniform();
        f.until_s = f.at_s + 200 * chance.uniform();
        f.machine = "machine" + std::to_string(1 + chance.below(3));
        f.down_s = 30 * chance.uniform();
        if (what == kind::slow_machine) f.amount = 5;
        if (what == kind::clock_step) f.amount = -3;
        if (what == kind::clock_drift) f.amount = 1e-3;
        s.faults.push_back(f);
    }
    plays_the_same(s, steady_stream(15, 97.3));
}

TEST_CASE("a run with idle hours and faults of other calls is the same, each look played or not",
          "[unsanitized]") {
    using kind = fault::kind;
    const auto seed = GENERATE(range(1, 13));
    scenario s = small_site();
    s.seed = static_cast<std::uint64_t>(seed);
    const std::array calls{call_kind::rename, call_kind::sync, call_kind::read};
    for (std::size_t i = 0; i < calls.size(); ++i) {
        fault f;
        f.what = std::array{kind::crash_process, kind::power_loss, kind::fail_calls}[i];
        f.call = calls[i];
        f.probability = 0.02;
        f.down_s = 30;
        s.faults.push_back(f);
    }
    fault of_one;  // of any call, its looks as well
    of_one.what = kind::crash_process;
    of_one.process = "ArchRunner";
    of_one.machine = "machine2";
    of_one.probability = 0.001;
    s.faults.push_back(of_one);
    plays_the_same(s, steady_stream(15, 97.3));
}

TEST_CASE("a fault at a storage call counts each look") {
    scenario s = small_site(1);
    fault f;
    f.what = fault::kind::crash_process;
    f.process = "ArchRunner";
    f.call = call_kind::list;
    f.count = 500;
    s.faults = {f};
    const run_record r = played(s, steady_stream(2, 2000));
    REQUIRE(r.faults.size() == 1);
    const double seconds = to_seconds(r.faults[0].time - r.started);
    CHECK(seconds > 490);
    CHECK(seconds < 520);
}

TEST_CASE("a year with a post a month has as many looks as if each were played") {
    scenario s = small_site();
    s.storage.latency_spread = 0;
    const run_record r = played(s, steady_stream(12, 30 * 86400.0));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(all_are(times(r, r.archivings), 1));
    // Five runners a machine look once a second for 330 days; RetryRunner sleeps longer.
    const double looks = 15.0 * 330 * 86400;
    CHECK(static_cast<double>(r.storage_calls) == Approx(looks).epsilon(0.01));
}

TEST_CASE("a year is as fast if a fault may strike at calls that idle runners do not make") {
    scenario s = small_site();
    s.storage.latency_spread = 0;
    fault f;
    f.what = fault::kind::fail_calls;
    f.call = call_kind::rename;
    f.probability = 0.5;
    s.faults = {f};
    const run_record r = played(s, steady_stream(12, 30 * 86400.0));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK_FALSE(r.faults.empty());
    CHECK(static_cast<double>(r.storage_calls) == Approx(15.0 * 330 * 86400).epsilon(0.01));
}
