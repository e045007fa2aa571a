#include "sim/check/balance.hpp"

#include "check/record_builder.hpp"
#include "sim/check/backlog.hpp"
#include "sim/check/times.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice::sim;
using qslice::make_partition;

namespace {

queue_balance balance_of(const record_builder& b, std::string_view queue) {
    return check_balance(run_index(b.run), b.run.queue_index(queue));
}

/// Posts that go through each slice the given number of times.
record_builder with_counts(const std::vector<std::uint32_t>& counts) {
    record_builder b(static_cast<std::uint32_t>(counts.size()));
    double s = 0;
    for (std::uint32_t k = 0; k < counts.size(); ++k) {
        for (std::uint32_t i = 0; i < counts[k]; ++i) b.pass(s += 1, k);
    }
    return b;
}

}  // namespace

TEST_CASE("even counts are even") {
    const auto b = balance_of(with_counts({40, 40, 40}), "out");
    CHECK(b.total == 120);
    CHECK(b.test.p_value == Approx(1));
    CHECK(b.max_over_mean == Approx(1));
    CHECK(b.cv == Approx(0).margin(1e-12));
    CHECK(b.slices[1].expected_share == Approx(1.0 / 3));
    CHECK(b.slices[1].machines == std::vector<std::string>{"m2"});
    CHECK(b.slices[1].working_s == Approx(4));
    CHECK(b.work_max_over_mean == Approx(1));
    CHECK(b.independent);
}

TEST_CASE("uneven counts stand out beyond what chance allows") {
    const auto b = balance_of(with_counts({80, 20, 20}), "out");
    CHECK(b.test.p_value < 1e-9);
    CHECK(b.max_over_mean == Approx(2));
    CHECK(b.max_over_mean > b.max_over_mean_allowed);
    CHECK(b.max_over_mean_expected < b.max_over_mean_allowed);
    CHECK(b.cv == Approx(std::sqrt(0.5)));
    CHECK(b.slices[0].band_high < 80);
    CHECK(b.slices[1].band_low > 20);
}

TEST_CASE("counts in proportion to weights are even, and equal ones are not") {
    auto b = with_counts({60, 40, 20});
    b.divide(make_partition("weighted:3,2,1").value());
    CHECK(balance_of(b, "out").test.p_value == Approx(1));
    CHECK(balance_of(b, "out").max_over_mean == Approx(1));
    CHECK(balance_of(b, "out").cv == Approx(0).margin(1e-12));
    auto equal = with_counts({40, 40, 40});
    equal.divide(make_partition("weighted:3,2,1").value());
    CHECK(balance_of(equal, "out").test.p_value < 1e-4);
    CHECK(balance_of(equal, "out").max_over_mean == Approx(2));
}

TEST_CASE("an empty queue has no balance, and an affinity is marked") {
    record_builder b;
    CHECK(std::isnan(balance_of(b, "out").max_over_mean));
    CHECK(balance_of(b, "out").test.how == split_method::not_tested);
    b.run.policy.keeps_together = qslice::affinity_kind::list;
    CHECK_FALSE(balance_of(b, "out").independent);
}

TEST_CASE("even counts with uneven work are detected") {
    auto b = with_counts({40, 40, 40});
    b.run.processes[b.runner("out", 0)].working = to_duration(16);
    const auto balance = balance_of(b, "out");
    CHECK(balance.max_over_mean == Approx(1));
    CHECK(balance.work_max_over_mean == Approx(2));
}

TEST_CASE("machines' deliveries are compared with the slices that they run") {
    auto b = with_counts({4, 3, 0});
    auto split = check_deliveries(run_index(b.run));
    CHECK(split.total == 7);
    CHECK(split.unused == 1);
    CHECK(split.p_unused == Approx(0.1742112483));
    REQUIRE(split.machines.size() == 3);
    CHECK(split.machines[0].name == "m1");
    CHECK(split.machines[0].count == 4);
    CHECK(split.machines[2].count == 0);
    CHECK(split.test.how == split_method::exact_multinomial);
    CHECK(split.test.p_value == Approx(381 / 2187.0));

    SECTION("a machine with two slices is to deliver twice as much") {
        b.run.processes[b.runner("out", 2)].machine = "m2";
        split = check_deliveries(run_index(b.run));
        REQUIRE(split.machines.size() == 2);
        CHECK(split.machines[1].expected_share == Approx(2.0 / 3));
        CHECK(split.unused == 0);
    }
    SECTION("two machines on one slice share it") {
        b.add_runner(b.run.queue_index("out"), 0, "m4");
        split = check_deliveries(run_index(b.run));
        REQUIRE(split.machines.size() == 4);
        CHECK(split.machines[0].expected_share == Approx(1.0 / 6));
        CHECK(split.machines[3].expected_share == Approx(1.0 / 6));
        CHECK(split.contested);
    }
}

TEST_CASE("deliveries are compared with the slices that machines ran at the time") {
    // Two machines run halves for 100 s; then three run thirds.
    record_builder b(2);
    const std::uint32_t out = b.run.queue_index("out");
    for (process_record& p : b.run.processes) p.ended = b.at(100);
    const auto add_third = [&](std::uint64_t slice, const std::string& machine) {
        const std::uint32_t number = b.add_runner(out, slice, machine);
        b.run.processes[number].slices = 3;
        b.run.processes[number].started = b.at(110);
        return number;
    };
    b.also_divide(out, make_partition("equal:3").value());
    const std::uint32_t thirds[] = {add_third(0, "m1"), add_third(1, "m2"), add_third(2, "m3")};
    for (std::uint32_t i = 0; i < 60; ++i) b.deliver(b.post(i), i, i % 2);
    for (std::uint32_t i = 0; i < 90; ++i) {
        b.run.deliveries.push_back({b.post(200 + i), none, thirds[i % 3], b.at(200 + i), 3});
    }
    const auto split = check_deliveries(run_index(b.run));
    REQUIRE(split.machines.size() == 3);
    CHECK(split.machines[0].count == 60);
    CHECK(split.machines[2].count == 30);
    CHECK(split.machines[0].expected_share == Approx((60 * 0.5 + 90 / 3.0) / 150));
    CHECK(split.machines[1].expected_share == Approx((60 * 0.5 + 90 / 3.0) / 150));
    CHECK(split.machines[2].expected_share == Approx(30.0 / 150));
    CHECK(split.test.p_value == Approx(1));
    CHECK_FALSE(split.contested);
}

TEST_CASE("a runner that crashed and was restarted keeps its share meanwhile") {
    record_builder b(2);
    const std::uint32_t out = b.run.queue_index("out");
    b.run.processes[b.runner("out", 1)].ended = b.at(10);
    const std::uint32_t again = b.add_runner(out, 1, "m2");
    b.run.processes[again].started = b.at(30);
    for (std::uint32_t i = 0; i < 10; ++i) b.deliver(b.post(11 + i), 11 + i, 0);
    for (std::uint32_t i = 0; i < 10; ++i) {
        b.run.deliveries.push_back({b.post(21 + i), none, again, b.at(31 + i), 3});
    }
    const auto split = check_deliveries(run_index(b.run));
    REQUIRE(split.machines.size() == 2);
    CHECK(split.machines[0].expected_share == Approx(0.5));
    CHECK(split.machines[1].expected_share == Approx(0.5));
}

TEST_CASE("a machine whose runner started slightly later than another's has its full share") {
    record_builder b(2);
    b.run.processes[b.runner("out", 0)].started = b.at(0.1);
    b.run.processes[b.runner("out", 1)].started = b.at(0.8);
    b.deliver(b.post(0.2), 0.2, 0);
    b.deliver(b.post(0.3), 1.9, 1);
    const auto split = check_deliveries(run_index(b.run));
    REQUIRE(split.machines.size() == 2);
    CHECK(split.machines[0].expected_share == Approx(0.5));
    CHECK(split.machines[1].expected_share == Approx(0.5));
    CHECK_FALSE(split.contested);
}

TEST_CASE("machines that divide a queue in different ways race for what both would take") {
    record_builder b(2);
    const std::uint32_t out = b.run.queue_index("out");
    // m1 and m2 have halves; an old machine still takes everything.
    const std::uint32_t all = b.add_runner(out, 0, "old");
    b.run.processes[all].slices = 1;
    b.also_divide(out, make_partition("equal:1").value());
    b.deliver(b.post(1), 1, 0);
    const auto split = check_deliveries(run_index(b.run));
    REQUIRE(split.machines.size() == 3);
    CHECK(split.machines[0].expected_share == Approx(0.25));
    CHECK(split.machines[2].name == "old");
    CHECK(split.machines[2].expected_share == Approx(0.5));
    CHECK(split.contested);
}

TEST_CASE("a backlog of two entries for half the time is one on average") {
    record_builder b(1);
    b.run.ended = b.at(10);
    b.take(b.enqueue("in", b.post(0), 0), 5);
    b.take(b.enqueue("in", b.post(0), 0), 5);
    const auto levels = backlog_levels(b.run, 0, 1);
    REQUIRE(levels.size() == 1);
    CHECK(levels[0].mean == Approx(1));
    CHECK(levels[0].most == 2);
    const auto courses = backlog_courses(b.run, 0, 1, 10);
    REQUIRE(courses.size() == 1);
    CHECK(courses[0].slice == none);
    CHECK(courses[0].at_s[5] == Approx(5));
    CHECK(courses[0].most == std::vector<double>{2, 2, 2, 2, 2, 2, 0, 0, 0, 0});
    CHECK(courses[0].averages[4] == Approx(2));
    CHECK(courses[0].averages[5] == Approx(0));
}

TEST_CASE("an entry that is never taken waits to the end, one that a crash undid not at all") {
    record_builder b(1);
    b.run.ended = b.at(10);
    b.enqueue("in", b.post(4), 4);
    CHECK(backlog_levels(b.run, 0, 1)[0].mean == Approx(0.6));
    b.run.entries[0].fate = entry_fate::lost;
    CHECK(backlog_levels(b.run, 0, 1)[0].mean == 0);
}

TEST_CASE("the average backlog is the arrivals' rate times the average wait: Little's law") {
    CHECK(rc::check([] {
        record_builder b(2);
        b.run.ended = b.at(100);
        double waits = 0;
        const auto entries = *rc::gen::inRange(0, 20);
        for (int i = 0; i < entries; ++i) {
            const double in = *rc::gen::inRange(0, 5000) / 100.0;
            const double wait = *rc::gen::inRange(0, 5000) / 100.0;
            const auto slice = *rc::gen::inRange<std::uint32_t>(0, 2);
            b.take(b.enqueue("in", b.post(in), in, slice), in + wait);
            waits += wait;
        }
        const auto levels = backlog_levels(b.run, 0, 2);
        RC_ASSERT(std::abs((levels[0].mean + levels[1].mean) * 100 - waits) < 1e-5);
        const auto courses = backlog_courses(b.run, 0, 2, 37);
        RC_ASSERT(courses.size() == 3u);
        const double area =
            std::accumulate(courses[0].averages.begin(), courses[0].averages.end(), 0.0);
        RC_ASSERT(std::abs(area * 100 / 37 - waits) < 1e-5);
    }));
}

TEST_CASE("times are those from acceptance to the first effect and in the queues") {
    record_builder b;
    const auto p = b.pass(1);
    b.deliver(p, 50);
    const auto times = measure_times(run_index(b.run));
    REQUIRE(times.size() == 2 + b.run.queues.size());
    CHECK(times[0].name == "delivery");
    CHECK(times[0].count == 1);
    CHECK(times[0].p99 == Approx(0.6));
    CHECK(times[0].deviation == 0);
    CHECK(times[1].name == "archiving");
    CHECK(times[1].most == Approx(0.31));
    CHECK(times[2].name == "wait.in");
    CHECK(times[2].mean == Approx(0.3));
    CHECK(std::isnan(times[5].mean));
}

TEST_CASE("a restarted runner is one runner") {
    record_builder b(1);
    const auto r = b.runner("in", 0);
    b.run.processes[r].ended = b.at(100);
    b.run.processes[r].crashed = true;
    b.run.processes[r].working = to_duration(50);
    b.run.processes[r].handled = 7;
    auto again = b.run.processes[r];
    again.started = b.at(500);
    again.ended = never;
    again.crashed = false;
    again.working = to_duration(100);
    b.run.processes.push_back(again);
    const auto processes = measure_processes(b.run);
    REQUIRE(processes.size() == b.run.queues.size());
    CHECK(processes[0].starts == 2);
    CHECK(processes[0].crashed);
    CHECK(processes[0].handled == 14);
    CHECK(processes[0].running_s == Approx(600));
    CHECK(processes[0].utilisation == Approx(0.25));
}
