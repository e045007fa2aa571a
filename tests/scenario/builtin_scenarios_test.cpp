#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qslice::sim;

TEST_CASE("every built-in scenario is valid, has its file's name, and survives being written") {
    for (const builtin_scenario& b : builtin_scenarios()) {
        CAPTURE(b.name);
        const auto s = parse_scenario(b.text, std::string(b.name) + ".toml");
        INFO((s ? std::string() : s.error().to_string()));
        REQUIRE(s);
        CHECK(s->name == b.name);
        CHECK_FALSE(s->summary.empty());
        CHECK_FALSE(s->requirements.empty());
        const auto again = parse_scenario(write_scenario(*s), "again.toml");
        REQUIRE(again);
        CHECK(*again == *s);
    }
}

TEST_CASE("a built-in scenario is found by its name") {
    REQUIRE(find_builtin_scenario(default_scenario) != nullptr);
    CHECK(find_builtin_scenario(default_scenario) == &builtin_scenarios().front());
    CHECK(find_builtin_scenario("no-such") == nullptr);
}

TEST_CASE("a built-in scenario is also found by its former name, which no scenario has now") {
    for (const former_scenario_name& n : former_scenario_names) {
        CAPTURE(n.former);
        const builtin_scenario* found = find_builtin_scenario(n.former);
        REQUIRE(found != nullptr);
        CHECK(found->name == n.current);
        for (const builtin_scenario& b : builtin_scenarios()) CHECK(b.name != n.former);
    }
}
