#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using qslice::test::qslice_sim;

TEST_CASE("plan says that half of the entries move from 3 to 4 slices, and what to do") {
    const auto run = qslice_sim({"plan", "--from", "3", "--to", "4"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Catch::Contains("1/2 (50.0%)") && Catch::Contains("mailmanctl stop"));
    CHECK(qslice_sim({"plan", "--from", "3", "--to", "4", "--quiet"}).out == "1/2\n");
}

TEST_CASE("plan exits with 1 for mixed runners and names the entries that nobody takes") {
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
         "--running: IncomingRunner:4:4: expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; "
         "slices count from 0, so the last of 4 is 3"},
        {{"--from", "3", "--to", "99999"}, "--to: expected at most 4096 slices"},
        {{"--goal", "latency.p99 > 30s"},
         "--goal: expected a time with an upper limit, such as 'latency.p99 < 30s', "
         "'latency.archiving.p95 < 1min' or 'wait.out.mean < 2s'"},
        {{"--goal", "latency.p99 < 30s", "--service", "delivry=1s"},
         "--service: unknown service 'delivry'; did you mean 'delivery'?"},
        {{"--goal", "latency.p99 < 30s", "--busiest", "long"},
         "--busiest: expected a duration above 0, such as 1h or 2d; found 'long'"},
    }));
    std::vector<std::string> arguments{"plan"};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    const auto run = qslice_sim(arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "qslice-sim: " + c.message + "\n");
}

TEST_CASE("plan --goal says how many slices each runner needs, and what runs on which machine",
          "[slow][unsanitized]") {
    const std::vector<std::string> arguments{
        "plan",      "--goal",      "latency.p90 < 30s", "--posts", "300",
        "--service", "delivery=3s", "--replications",    "2",       "--checks",
        "5"};
    auto with = [&](const std::string& option) {
        auto all = arguments;
        all.push_back(option);
        return qslice_sim(all);
    };
    const auto text = qslice_sim(arguments);
    CHECK(text.status == 0);
    CHECK_THAT(text.out,
               Catch::Contains("The goal latency.p90 < 30s is met in 5 of 5 simulations") &&
                   Catch::Contains("machine1: IncomingRunner:0:"));
    const auto json = nlohmann::json::parse(with("--json").out);
    CHECK(json.at("met") == true);
    std::string slices;
    for (const auto& r : json.at("runners")) {
        slices += (slices.empty() ? "" : ", ") + r.at("runner").get<std::string>() + ' ' +
                  std::to_string(r.at("slices").get<int>());
    }
    CHECK(with("--quiet").out == slices + "\n");
}

TEST_CASE("plan --goal ends with 1 when no number of slices meets the goal", "[unsanitized]") {
    const auto run =
        qslice_sim({"plan", "--goal", "latency.mean < 10ms", "--posts", "100", "--quiet"});
    CHECK(run.status == 1);
}
