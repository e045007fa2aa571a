#include "sim/explore/exhaustive.hpp"

#include "sim/explore/trial.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

#include <catch2/catch.hpp>

using namespace qslice::sim;

namespace {

scenario two_machines(std::size_t posts) {
    const builtin_scenario* known = find_builtin_scenario("two-machines");
    REQUIRE(known != nullptr);
    auto s = parse_scenario(known->text, known->name);
    if (!s) FAIL(s.error().to_string());
    s->stream.listed.resize(posts);
    return *std::move(s);
}

walk_result walked(const scenario& s, const walk_settings& how) {
    auto done = walk_all(s, how);
    if (!done) FAIL(done.error().to_string());
    return *std::move(done);
}

}  // namespace

TEST_CASE("every crash of a runner at every storage call of three posts loses nothing") {
    walk_settings how;
    how.delays = 0;
    const walk_result done = walked(two_machines(3), how);
    if (done.found) FAIL(done.found->story);
    CHECK(done.complete);
    CHECK(done.crash_points > 100);
    CHECK(done.runs > done.crash_points);
}

TEST_CASE("every loss of power during a post, with every state it can leave, loses nothing") {
    walk_settings how;
    how.delays = 0;
    how.crash = "power";
    const walk_result done = walked(two_machines(1), how);
    if (done.found) FAIL(done.found->story);
    CHECK(done.complete);
    CHECK(done.crash_runs > done.crash_points);
}

TEST_CASE("with files synced and directories not, the walk finds the state that loses a post") {
    scenario s = two_machines(1);
    s.policy.durable = qslice::durability::file;
    walk_settings how;
    how.delays = 0;
    how.crash = "power";
    how.goal.guarantee = "conservation";
    const walk_result done = walked(s, how);
    REQUIRE(done.found);
    CHECK(done.found->broken.name == "conservation");
    CHECK_FALSE(done.found->setting.course.answers.empty());
    const auto again = parse_scenario(write_scenario(done.found->setting), "again");
    if (!again) FAIL(again.error().to_string());
    CHECK(*again == done.found->setting);
    CHECK(broken_by(*again, how.goal));
}

TEST_CASE("the walk finds the crash that delivers a post twice") {
    walk_settings how;
    how.delays = 0;
    how.goal.guarantee = "exactly_once";
    const walk_result done = walked(two_machines(1), how);
    REQUIRE(done.found);
    CHECK(done.found->story.find("crash of the process") != std::string::npos);
    CHECK(done.found->setting.course.answers.size() == 1);
}

TEST_CASE("a delay of one step gives other orders, and each state is walked from once") {
    walk_settings how;
    how.crashes = 0;
    how.delays = 2;
    const walk_result done = walked(two_machines(2), how);
    CHECK(done.complete);
    CHECK(done.cut > 0);
    CHECK(done.runs > 10);
}

TEST_CASE("a walk that reaches its limit says that it is not complete") {
    walk_settings how;
    how.most_runs = 10;
    const walk_result done = walked(two_machines(3), how);
    CHECK_FALSE(done.complete);
    CHECK(done.runs == 10);
}
