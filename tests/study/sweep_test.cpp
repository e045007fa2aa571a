#include "sim/study/sweep.hpp"

#include "sim/engine/random_stream.hpp"
#include "sim/scenario/scenario_file.hpp"

#include <boost/random/normal_distribution.hpp>
#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace qslice::sim;

namespace {

scenario base() {
    auto s = parse_scenario(R"(
[[machine]]
name = "one"
runners = ["*:0:2"]
[[machine]]
name = "two"
runners = ["*:1:2"]
[stream]
posts = 150
)",
                            "base");
    if (!s) FAIL(s.error().to_string());
    return *std::move(s);
}

}  // namespace

TEST_CASE("every combination of values is an alternative") {
    const auto all = all_alternatives(
        base(), {{"slices", {"1", "3"}}, {"policy.hash", {"mailman21", "list_affinity"}}});
    if (!all) FAIL(all.error().to_string());
    REQUIRE(all->size() == 4);
    CHECK((*all)[1].values == std::vector<std::string>{"1", "list_affinity"});
    CHECK((*all)[1].setting.policy.hash == "list_affinity");
    const scenario& three = (*all)[2].setting;
    CHECK(three.policy.hash == "mailman21");
    CHECK(three.machines[0].runners.size() == 12);
    CHECK(three.machines[1].runners.size() == 6);
    CHECK(three.machines[1].runners[0].slice == 1);
    CHECK(three.machines[0].runners[6].slice == 2);
    CHECK(three.machines[0].runners[6].slices == 3);
}

TEST_CASE("any value of a scenario can be varied, and an invalid one says what is expected") {
    const auto four = with_value(base(), "machines", "4");
    REQUIRE(four);
    CHECK(four->machines.size() == 4);
    CHECK(four->machines[3].runners[0].slice == 3);
    const auto faster = with_value(base(), "load", "2.5");
    REQUIRE(faster);
    CHECK(faster->stream.speedup == 2.5);
    const auto disk = with_value(base(), "storage.kind", "memory");
    REQUIRE(disk);
    CHECK(disk->storage.kind == "memory");
    const auto members = with_value(base(), "lists.members", "7");
    REQUIRE(members);
    CHECK(members->list_defaults.members == 7);
    const auto service = with_value(base(), "services.delivery", "5ms");
    REQUIRE(service);
    CHECK(service->services.delivery.mean_s == 0.005);

    CHECK(with_value(base(), "storage.kind", "tape").error().to_string().find("memory") !=
          std::string::npos);
    CHECK(with_value(base(), "storage.kin", "disk").error().to_string().find("kind") !=
          std::string::npos);
    CHECK(with_value(base(), "slices", "0").error().to_string().find("slices") !=
          std::string::npos);
    CHECK_FALSE(with_value(base(), "load", "fast"));
    CHECK_FALSE(parse_dimension("slices"));
    CHECK_FALSE(parse_dimension("slices=1,,2"));
    CHECK_FALSE(parse_dimension("=1"));
}

TEST_CASE("a sweep gives the same on one thread and on several", "[unsanitized]") {
    sweep_settings how;
    how.dimensions = {{"slices", {"1", "2"}}};
    how.measures = {"latency.mean", "fifo.list.inversions"};
    how.plan.least = 4;
    std::vector<sweep_result> results;
    for (const unsigned jobs : {1U, 2U, 3U}) {
        how.jobs = jobs;
        auto done = sweep(base(), how);
        if (!done) FAIL(done.error().to_string());
        results.push_back(*std::move(done));
    }
    REQUIRE(results[0].rows.size() == 2);
    for (const sweep_result& r : results) {
        for (std::size_t i = 0; i < 2; ++i) {
            for (std::size_t m = 0; m < 2; ++m) {
                const estimate& a = results[0].rows[i].measures[m];
                const estimate& b = r.rows[i].measures[m];
                CHECK(a.mean == b.mean);
                CHECK(a.half_width == b.half_width);
            }
        }
    }
    CHECK(results[0].rows[0].differences[0].mean == 0);
    CHECK(results[0].rows[0].measures[0].half_width > 0);
}

TEST_CASE("a sweep of an unknown measure is an error with the nearest name") {
    sweep_settings how;
    how.measures = {"latency.p9"};
    const auto done = sweep(base(), how);
    REQUIRE_FALSE(done);
    CHECK(done.error().to_string().find("latency.p9") != std::string::npos);
}

TEST_CASE("common random numbers make differences more precise than values",
          "[slow][unsanitized]") {
    sweep_settings how;
    how.dimensions = {{"services.delivery", {"100ms", "400ms"}}};
    how.measures = {"latency.mean"};
    how.plan.least = 8;
    how.jobs = 2;
    const auto done = sweep(base(), how);
    if (!done) FAIL(done.error().to_string());
    const sweep_row& second = done->rows[1];
    CHECK(second.differences[0].mean > 0);
    CHECK(second.differences[0].half_width < second.measures[0].half_width);
}

TEST_CASE("replications go on until the wanted precision is reached, or the limit") {
    const auto noise = [](std::uint64_t r) -> qslice::result<std::vector<double>> {
        random_stream random(r, "noise");
        return std::vector<double>{boost::random::normal_distribution<double>(10, 2)(random)};
    };
    replication_plan plan;
    plan.least = 5;
    plan.most = 10'000;
    plan.precision = 0.02;
    const auto done = replicate(noise, 1, plan, 2);
    REQUIRE(done);
    CHECK(done->precise);
    CHECK(estimate_mean(done->of(0), 0.95).relative_precision() <= 0.02);
    // (1.96 * 2 / 0.2)^2 = 384 are needed on average; batches grow by half.
    CHECK(done->values.size() > 150);
    CHECK(done->values.size() < 900);
    const auto again = replicate(noise, 1, plan, 3);
    REQUIRE(again);
    CHECK(again->values == done->values);

    plan.most = 20;
    const auto stopped = replicate(noise, 1, plan, 2);
    REQUIRE(stopped);
    CHECK_FALSE(stopped->precise);
    CHECK(stopped->values.size() == 20);
}

TEST_CASE("the error of one replication is the result of the sweep") {
    const auto failing = [](std::uint64_t r) -> qslice::result<std::vector<double>> {
        if (r >= 3) {
            return qslice::failure(qslice::error_code::malformed, std::to_string(r), "wrong");
        }
        return std::vector<double>{1};
    };
    const auto done = replicate(failing, 1, {}, 2);
    REQUIRE_FALSE(done);
    CHECK(done.error().where == "3");
}

TEST_CASE("a sweep counts the runs whose verdict is a problem, apart from requirements") {
    scenario s = base();
    s.stream.posts = 4;
    s.requirements = {{"latency.p99", requirement::relation::less, 0, "latency.p99 < 0s"}};
    sweep_settings how;
    how.dimensions = {{"storage.capacity_bytes", {"0", "10"}}};
    how.measures = {"latency.p99"};
    how.plan.least = 2;
    const auto done = sweep(s, how);
    if (!done) FAIL(done.error().to_string());
    CHECK(done->rows[0].problems == 0);
    CHECK(done->rows[1].problems == 2);
}

namespace {

/// 300 posts within 30 s, then 700 at an easy pace.
scenario burst() {
    scenario s = base();
    s.machines.resize(1);
    s.storage.kind = "memory";
    s.policy.list_locks = "qslice";
    s.stream.what = stream_choice::kind::listed;
    s.stream.listed.clear();
    for (int i = 0; i < 1000; ++i) {
        post_choice post;
        post.list = "list" + std::to_string(i % 20);  // no two runners wait for one list's lock
        post.at_s = i < 300 ? 0.1 * i : 30 + 3.0 * (i - 300);
        s.stream.listed.push_back(post);
    }
    return s;
}

sweep_result swept(const scenario& s, bool remove_warm_up) {
    sweep_settings how;
    how.dimensions = {{"slices", {"1", "2", "3"}}};
    how.measures = {"latency.p99", "conservation.accepted", "utilisation.max",
                    "conservation.refused"};
    how.plan.least = 2;
    how.remove_warm_up = remove_warm_up;
    auto done = sweep(s, how);
    if (!done) FAIL(done.error().to_string());
    return *std::move(done);
}

}  // namespace

TEST_CASE("a burst at the beginning counts: a sweep leaves nothing out unless it is asked to",
          "[unsanitized]") {
    const sweep_result done = swept(burst(), false);
    CHECK(done.warm_up_posts == 0);
    REQUIRE(done.rows.size() == 3);
    for (const sweep_row& row : done.rows) CHECK(row.measures[1].mean == 1000);
    // One slice falls far behind during the burst, two not so far.
    CHECK(done.rows[0].measures[0].mean > 1.5 * done.rows[1].measures[0].mean);
    CHECK(done.rows[0].measures[0].mean > 10);
}

TEST_CASE("a warm-up that is left out is the same of all alternatives, in posts and in time",
          "[unsanitized]") {
    const sweep_result done = swept(burst(), true);
    CHECK(done.warm_up_posts > 250);
    CHECK(done.posts == 1000);
    for (const sweep_row& row : done.rows) {
        CHECK(row.measures[1].mean == 1000 - static_cast<double>(done.warm_up_posts));
        CHECK(row.measures[0].mean < 5);
        CHECK(row.measures[2].mean > 0);
        CHECK(row.measures[2].mean < 0.5);
        // What is left out was not refused.
        CHECK(row.measures[3].mean == 0);
        CHECK(row.problems == 0);
    }
    // With the burst the runner of one slice is busier.
    CHECK(swept(burst(), false).rows[0].measures[2].mean > done.rows[0].measures[2].mean);
}
