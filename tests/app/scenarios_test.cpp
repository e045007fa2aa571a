#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using qslice::test::file_text;
using qslice::test::qslice_sim;

TEST_CASE("the mission scenario comes first in the list of scenarios") {
    const auto run = qslice_sim({"scenarios"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::StartsWith("mission"));
}

TEST_CASE("the list of scenarios describes each, as text, as JSON or as names alone") {
    CHECK_THAT(qslice_sim({"scenarios"}).out, Catch::Contains("three machines, three slices"));
    const auto json = nlohmann::json::parse(qslice_sim({"scenarios", "--json"}).out);
    CHECK(json.at(0).at("name") == "mission");
    CHECK(json.at(0).at("summary").get<std::string>().find("three machines") == 0);
    CHECK_THAT(qslice_sim({"scenarios", "--quiet"}).out, Catch::StartsWith("mission\n"));
}

TEST_CASE("a printed scenario is the file that the program was built with, byte for byte") {
    CHECK(qslice_sim({"scenarios", "--print", "mission"}).out ==
          file_text(QSLICE_SOURCE_DIRECTORY "/sim/scenarios/mission.toml"));
}
