#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using qslice::test::qslice_sim;

TEST_CASE("plan says that from 3 to 4 slices half of the entries change theirs, and what to do") {
    const auto run = qslice_sim({"plan", "--from", "3", "--to", "4"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::Contains("1/2 (50.0%)") && Catch::Contains("mailmanctl stop"));
    CHECK(qslice_sim({"plan", "--from", "3", "--to", "4", "--quiet"}).out == "1/2\n");
}

TEST_CASE("plan names the entries of a mixed set of runners that nobody takes, with status 1") {
    const auto run =
        qslice_sim({"plan", "--from", "3", "--to", "4", "--json", "--running",
                    "IncomingRunner:0:4,IncomingRunner:1:4,IncomingRunner:2:3,IncomingRunner:3:4"});
    CHECK(run.status == 1);
    const auto json = nlohmann::json::parse(run.out);
    CHECK(json.at("running").at(0).at("orphaned").at("fraction") == "1/6");
    CHECK(json.at("running").at(0).at("taken_by_several").at("fraction") == "1/4");
}

TEST_CASE("a wrong plan is one line that names the option, and status 2") {
    struct wrong {
        std::vector<std::string> arguments;
        std::string message;
    };
    const auto c = GENERATE(values<wrong>({
        {{"--from", "three", "--to", "4"},
         "--from: expected a number of slices, or a partition such as weighted:3,2,1; found "
         "'three'"},
        {{"--from", "3", "--to", "4", "--running", "IncomingRunner:4:4"},
         "--running: IncomingRunner:4:4: expected a runner as RUNNER:SLICE:SLICES, for example "
         "IncomingRunner:0:3; slices count from 0, so the slice is below the number of slices"},
        {{"--from", "3", "--to", "99999"}, "--to: expected at most 4096 slices"},
    }));
    std::vector<std::string> arguments{"plan"};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    const auto run = qslice_sim(arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "qslice-sim: " + c.message + "\n");
}
