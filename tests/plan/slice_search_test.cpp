#include "sim/plan/slice_search.hpp"

#include "sim/check/check_run.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/model/simulation.hpp"
#include "sim/plan/goal_report.hpp"
#include "sim/stream/make_stream.hpp"
#include "support/in_one_line.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

using namespace qslice::sim;
using qslice::test::in_one_line;

namespace {

/// 200 posts, one every 2 s on average, that take 3 s each to deliver: at least two slices of
/// OutgoingRunner, and one of all else.
scenario busy_site() {
    scenario s;
    s.name = "busy";
    machine_choice m;
    m.name = "machine1";
    for (const char* runner : {"IncomingRunner", "ArchRunner", "OutgoingRunner", "VirginRunner"}) {
        m.runners.push_back({runner, 0, 1});
    }
    s.machines.push_back(m);
    s.storage.kind = "memory";
    s.stream.posts = 200;
    s.stream.posts_per_hour = 1800;
    s.stream.series_share = 0;
    s.stream.activity_spread = 0;
    s.services.delivery = {service_time::shape::constant, 3, 1};
    return s;
}

plan_setting setting_of(const std::string& goal, const scenario& s) {
    plan_setting setting{s, *parse_time_goal(goal), 8, 2, 2, 0.95, 2, {}, {}};
    setting.stream = [choice = s.stream](std::uint64_t seed) { return make_stream(choice, seed); };
    return setting;
}

const planned_runner& runner_named(const goal_plan& plan, const std::string& name) {
    const auto at = std::find_if(plan.runners.begin(), plan.runners.end(),
                                 [&](const auto& r) { return r.load.runner == name; });
    REQUIRE(at != plan.runners.end());
    return *at;
}

}  // namespace

TEST_CASE("a plan gives a busy runner as many slices as the goal needs, and not one more",
          "[unsanitized]") {
    const auto plan = plan_slices(setting_of("latency.p90 < 20s", busy_site()));
    REQUIRE(plan);
    CHECK(plan->chosen.met);
    CHECK(plan->chosen.worst < 20);
    CHECK(plan->chosen.unfinished == 0);
    const planned_runner& out = runner_named(*plan, "OutgoingRunner");
    CHECK(out.load.service_s == Approx(3).epsilon(0.1));
    CHECK(out.by_load >= 2);
    CHECK(out.slices >= out.by_load);
    for (const planned_runner& r : plan->runners) {
        CHECK(r.slices == (r.load.runner == "OutgoingRunner" ? out.slices : 1));
        if (r.slices > r.by_load) {
            REQUIRE(r.one_less);
            CHECK_FALSE(r.one_less->met);
        }
    }
}

TEST_CASE("a plan says in how many simulations with fresh seeds it and one slice fewer meet it",
          "[slow][unsanitized]") {
    auto setting = setting_of("latency.p90 < 8s", busy_site());
    setting.checks = 10;
    const auto plan = plan_slices(setting);
    REQUIRE(plan);
    REQUIRE(plan->check);
    CHECK(plan->met());
    CHECK(plan->check->trial.slices == plan->chosen.slices);
    CHECK(plan->check->trial.held == 10);
    CHECK(std::pow(plan->check->least_share, 10) == Approx(0.05));
    const planned_runner& out = runner_named(*plan, "OutgoingRunner");
    REQUIRE(out.one_less);
    CHECK(out.one_less->values.size() == 10);
    CHECK(out.one_less->held < 10);
    // What decided is not among what chose.
    for (const double value : plan->chosen.values) {
        CHECK(std::count(plan->check->trial.values.begin(), plan->check->trial.values.end(),
                         value) == 0);
    }
    // And it is true of simulations of one's own, with other seeds again.
    const auto met_by = [&](std::uint64_t slices) {
        std::size_t met = 0;
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            scenario by_hand = setting.site;
            by_hand.seed = seed;
            by_hand.machines[0].runners.clear();
            for (const planned_runner& r : plan->runners) {
                const std::uint64_t n = r.load.runner == "OutgoingRunner" ? slices : r.slices;
                for (std::uint64_t k = 0; k < n; ++k) {
                    by_hand.machines[0].runners.push_back({r.load.runner, k, n});
                }
            }
            const auto run = simulate(by_hand, *make_stream(by_hand.stream, seed));
            REQUIRE(run);
            if (check_run(*run).value_of("latency.p90") < 8) ++met;
        }
        return met;
    };
    CHECK(met_by(out.slices) >= 8);
    CHECK(met_by(out.slices - 1) < 12);
    CHECK_THAT(in_one_line(goal_text(*plan, text_style{})),
               Catch::Contains("is met in 10 of 10 simulations") &&
                   Catch::Contains("fresh seeds") &&
                   Catch::Contains("it is met in " + std::to_string(out.one_less->held) +
                                   " of 10 (OutgoingRunner)"));
}

TEST_CASE("a tighter goal needs more slices, and its plan shows that one fewer misses it",
          "[slow][unsanitized]") {
    const auto loose = plan_slices(setting_of("latency.mean < 60s", busy_site()));
    const auto tight = plan_slices(setting_of("latency.mean < 5s", busy_site()));
    REQUIRE(loose);
    REQUIRE(tight);
    REQUIRE(tight->chosen.met);
    const planned_runner& out = runner_named(*tight, "OutgoingRunner");
    CHECK(out.slices > runner_named(*loose, "OutgoingRunner").slices);
    REQUIRE(out.one_less);
    CHECK(out.one_less->slices != tight->chosen.slices);
    CHECK(out.one_less->worst >= 5);
}

TEST_CASE("the machines of a plan meet the goal in a separate simulation", "[unsanitized]") {
    const scenario site = busy_site();
    const auto plan = plan_slices(setting_of("latency.p90 < 20s", site));
    REQUIRE(plan);
    scenario by_hand = site;
    by_hand.machines = plan->machines;
    by_hand.seed = random_stream(site.seed, "replication", 0)() >> 1;
    const auto run = simulate(by_hand, *make_stream(site.stream, by_hand.seed));
    REQUIRE(run);
    CHECK(check_run(*run).value_of("latency.p90") == plan->chosen.values.front());
    // Each slice of each runner is there once, and no machine has two of one runner.
    std::set<std::string> seen;
    for (const machine_choice& m : plan->machines) {
        std::set<std::string> here;
        for (const runner_choice& r : m.runners) {
            CHECK(seen.insert(to_string(r)).second);
            CHECK(here.insert(r.runner).second);
        }
    }
    const planned_runner& out = runner_named(*plan, "OutgoingRunner");
    CHECK(plan->machines.size() == out.slices);
    for (std::uint64_t k = 0; k < out.slices; ++k) {
        CHECK(seen.contains(to_string(runner_choice{"OutgoingRunner", k, out.slices})));
    }
}

TEST_CASE("a plan is the same on one thread and on several", "[slow][unsanitized]") {
    auto setting = setting_of("latency.p90 < 20s", busy_site());
    setting.workers = 1;
    const auto alone = plan_slices(setting);
    setting.workers = 4;
    const auto together = plan_slices(setting);
    REQUIRE(alone);
    REQUIRE(together);
    CHECK(goal_json(*alone).dump() == goal_json(*together).dump());
}

TEST_CASE(
    "a goal shorter than the work itself is not met, and the plan says what slices cannot "
    "shorten") {
    const auto plan = plan_slices(setting_of("latency.p50 < 2s", busy_site()));
    REQUIRE(plan);
    CHECK_FALSE(plan->chosen.met);
    CHECK_THAT(in_one_line(goal_text(*plan, text_style{})),
               Catch::Contains("is not met") &&
                   Catch::Contains("The mail server is the limit, not the number of slices"));
    CHECK(goal_json(*plan).at("met") == false);
    CHECK(goal_json(*plan).at("check").is_null());
}

TEST_CASE("a goal that work leaves no time to wait for names work and sleep, not the mail server",
          "[unsanitized]") {
    const auto plan = plan_slices(setting_of("latency.p50 < 3100ms", busy_site()));
    REQUIRE(plan);
    CHECK_FALSE(plan->met());
    const std::string text = in_one_line(goal_text(*plan, text_style{}));
    CHECK_THAT(text, Catch::Contains("the work itself") && !Catch::Contains("mail server"));
}

TEST_CASE("under Mailman 3's partition a plan tries powers of two only", "[unsanitized]") {
    scenario site = busy_site();
    site.policy.partition = "mailman3";
    site.policy.format = "mailman3";
    site.policy.hash = "mailman3";
    site.machines[0].runners[1].runner = "ArchiveRunner";
    site.machines[0].runners.push_back({"PipelineRunner", 0, 1});
    const auto plan = plan_slices(setting_of("latency.mean < 5s", site));
    REQUIRE(plan);
    CHECK(plan->chosen.met);
    const std::uint64_t slices = runner_named(*plan, "OutgoingRunner").slices;
    CHECK((slices == 2 || slices == 4 || slices == 8));
    // A post waits in pipeline/ too.
    CHECK(runner_named(*plan, "PipelineRunner").on_the_way);
    CHECK_FALSE(runner_named(*plan, "ArchiveRunner").on_the_way);
}

TEST_CASE("an invalid goal is an error that says what was expected") {
    const auto wrong = [](const std::string& text) {
        const auto goal = parse_time_goal(text);
        REQUIRE_FALSE(goal);
        return goal.error().what;
    };
    CHECK_THAT(wrong("latency.p99 > 30s"), Catch::Contains("expected a time with an upper limit"));
    CHECK_THAT(wrong("balance.in.cv < 1"), Catch::Contains("expected a time with an upper limit"));
    CHECK_THAT(wrong("latency.min < 1s"), Catch::Contains("expected a time with an upper limit"));
    CHECK_THAT(wrong("latency.p98 < 1s"), Catch::Contains("unknown measure"));
    CHECK_FALSE(wrong("latency.p99").empty());
}

TEST_CASE("a partition with its own numbers leaves nothing to plan") {
    scenario site = busy_site();
    site.policy.partition = "weighted:1,2";
    const auto plan = plan_slices(setting_of("latency.p99 < 30s", site));
    REQUIRE_FALSE(plan);
    CHECK_THAT(plan.error().what, Catch::Contains("includes a number of slices"));
}
