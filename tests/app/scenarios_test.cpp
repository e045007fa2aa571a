#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using qslice::test::file_text;
using qslice::test::qslice_sim;

TEST_CASE("the scenario three-machines comes first in the list of scenarios") {
    const auto run = qslice_sim({"scenarios"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::StartsWith("three-machines"));
}

TEST_CASE("the list of scenarios describes each, as text, as JSON or as names alone") {
    CHECK_THAT(qslice_sim({"scenarios"}).out, Catch::Contains("three machines, three slices"));
    const auto json = nlohmann::json::parse(qslice_sim({"scenarios", "--json"}).out);
    CHECK(json.at(0).at("name") == "three-machines");
    CHECK(json.at(0).at("summary").get<std::string>().find("three machines") == 0);
    CHECK_THAT(qslice_sim({"scenarios", "--quiet"}).out, Catch::StartsWith("three-machines\n"));
}

TEST_CASE("a printed scenario is the file that the program was built with, byte for byte") {
    CHECK(qslice_sim({"scenarios", "--print", "three-machines"}).out ==
          file_text(QSLICE_SOURCE_DIRECTORY "/sim/scenarios/three-machines.toml"));
}

TEST_CASE("a scenario's former name is accepted wherever a scenario can be named") {
    CHECK(qslice_sim({"scenarios", "mission-seven"}).out ==
          qslice_sim({"scenarios", "seven-posts"}).out);
    const auto run = qslice_sim({"run", "mission-seven", "--json"});
    CHECK(run.status == 0);
    CHECK(run.out == qslice_sim({"run", "seven-posts", "--json"}).out);
}
