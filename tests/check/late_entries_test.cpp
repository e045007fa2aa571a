#include "sim/check/late_entries.hpp"
#include "check/record_builder.hpp"
#include "sim/check/check_run.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using namespace qslice::sim;

namespace {

bool remarked(const run_results& r, std::string_view text) {
    return std::any_of(r.remarks.begin(), r.remarks.end(), [&](const std::string& remark) {
        return remark.find(text) != std::string::npos;
    });
}

/// Requires what the run misses, so that its causes are remarked on.
void require_quick(record_builder& b) {
    b.run.setting.requirements = {
        {"latency.p99", requirement::relation::less, 0.1, "latency.p99 < 0.1s"}};
}

/// Slice 1's runner of in/ was down from 100 to 160 s; three posts came meanwhile, and one after
/// it waited behind them.
record_builder with_crash() {
    record_builder b(2);
    b.pass(1, 0);
    b.pass(2, 1);
    for (const double s : {110.0, 120.0, 130.0, 170.0}) {
        record_builder::way w;
        w.accepted = s;
        w.in_taken = 180 + (s - 110) / 10;
        w.out_taken = w.in_taken + 0.3;
        w.in_slice = w.out_slice = 1;
        b.pass(w);
    }
    auto& process = b.run.processes[b.runner("in", 1)];
    process.ended = record_builder::at(100);
    process.crashed = true;
    const std::uint32_t in = b.run.queue_index("in");
    b.run.processes[b.add_runner(in, 1, "m2")].started = record_builder::at(160);
    fault_record f;
    f.time = record_builder::at(100);
    f.machine = "m2";
    f.what = "power loss right before rename a to b";
    f.kind = fault::kind::crash_machine;
    b.run.faults.push_back(f);
    return b;
}

}  // namespace

TEST_CASE("entries that waited while no runner of their slice ran, or behind them, are found") {
    const auto b = with_crash();
    const run_index index(b.run);
    const auto found = examine_late_entries(index, b.run.queue_index("in"), 5);
    CHECK(found.late == 4);
    CHECK(found.unserved == 4);
    CHECK(found.in_fault == 0);
    CHECK(found.first_fault == 0);
}

TEST_CASE("a later load is not put down to an outage that is over") {
    auto b = with_crash();
    record_builder::way w;
    w.accepted = 500;
    w.in_taken = 530;
    w.out_taken = 531;
    w.in_slice = w.out_slice = 1;
    b.pass(w);
    const run_index index(b.run);
    const auto found = examine_late_entries(index, b.run.queue_index("in"), 5);
    CHECK(found.late == 5);
    CHECK(found.unserved == 4);
}

TEST_CASE("entries that waited while a fault was in force are found") {
    record_builder b(1);
    record_builder::way w;
    w.accepted = 100;
    w.in_taken = 150;
    w.out_taken = 151;
    b.pass(w);
    fault stall;
    stall.what = fault::kind::storage_stall;
    stall.at_s = 90;
    stall.until_s = 140;
    b.run.setting.faults = {stall};
    fault_record f;
    f.time = record_builder::at(90);
    f.kind = stall.what;
    f.index = 0;
    f.what = "storage makes no progress";
    b.run.faults = {f};
    const auto found = examine_late_entries(run_index(b.run), b.run.queue_index("in"), 5);
    CHECK(found.late == 1);
    CHECK(found.unserved == 0);
    CHECK(found.in_fault == 1);

    require_quick(b);
    CHECK(remarked(check_run(b.run), "this one waited while a fault was in force, or behind what"));
}

TEST_CASE("a crash, and not that much came at once, explains what waited for its machine") {
    auto b = with_crash();
    require_quick(b);
    const auto r = check_run(b.run);
    CHECK(remarked(r,
                   "waited while their slice had no running runner, or behind what had gathered by "
                   "then (the first fault: power loss, m2, at 100.000000 s)."));
    CHECK_FALSE(remarked(r, "bursty"));
    CHECK_FALSE(remarked(r, "too few runners"));
}

TEST_CASE("without a fault, late posts are explained by load") {
    record_builder b(1);
    for (const double s : {10.0, 20.0, 30.0}) {
        record_builder::way w;
        w.accepted = s;
        w.in_taken = s + 9;
        w.out_taken = s + 9.5;
        b.pass(w);
    }
    require_quick(b);
    CHECK(remarked(check_run(b.run), "arrivals are bursty"));
}
