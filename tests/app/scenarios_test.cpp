#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>

#include <string>

using qslice::test::file_text;
using qslice::test::qslice_sim;

TEST_CASE("the mission's scenario comes first in the list of scenarios") {
    const auto run = qslice_sim({"scenarios"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::StartsWith("mission"));
}

TEST_CASE("a printed scenario is the file that the program was built with, byte for byte") {
    CHECK(qslice_sim({"scenarios", "--print", "mission"}).out ==
          file_text(QSLICE_SOURCE_DIRECTORY "/sim/scenarios/mission.toml"));
}
