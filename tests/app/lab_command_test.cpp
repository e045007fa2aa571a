#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

using qslice::test::qslice_sim;

TEST_CASE("lab writes a table that is the same on any number of threads, JSON and a plot",
          "[slow][unsanitized]") {
    const qslice::test::scratch_directory scratch;
    const std::string svg = (scratch.path() / "frontier.svg").string();
    const auto run =
        qslice_sim({"lab", "--posts", "300", "--slices", "3,4", "--policy", "mailman21", "--policy",
                    "list_affinity+jump", "--no-times", "--jobs", "1", "--svg", svg});
    REQUIRE(run.status == 0);
    CHECK(run.err.empty());
    CHECK_THAT(run.out, Catch::Contains("3 slices") && Catch::Contains("4 slices") &&
                            Catch::Contains("list_affinity+jump"));
    const auto again =
        qslice_sim({"lab", "--posts", "300", "--slices", "3,4", "--policy", "mailman21", "--policy",
                    "list_affinity+jump", "--no-times", "--jobs", "3"});
    CHECK(again.out == run.out);
    std::ifstream file(svg);
    const std::string drawn{std::istreambuf_iterator<char>(file), {}};
    CHECK_THAT(drawn, Catch::Contains("3 slices</title>") && Catch::EndsWith("</svg>\n"));

    const auto json = qslice_sim({"lab", "--posts", "300", "--slices", "3", "--policy",
                                  "list_affinity", "--json", "--seed", "4"});
    REQUIRE(json.status == 0);
    const auto report = nlohmann::json::parse(json.out);
    CHECK(report["rows"].size() == 1);
    CHECK(report["rows"][0]["order"]["list"]["inversions"] == 0);
    CHECK(report["rows"][0]["time"]["message_ns"] > 0);
}

TEST_CASE("lab --quality reports for each function whether it passes") {
    const auto run = qslice_sim({"lab", "--quality", "--quiet"});
    CHECK(run.status == 0);
    CHECK(run.out == "sha1 passes\nsha256 passes\nblake2b passes\n");
}

TEST_CASE("lab names wrong options and files") {
    const auto unknown = qslice_sim({"lab", "--policy", "list_afinity"});
    CHECK(unknown.status == 2);
    CHECK_THAT(unknown.err,
               Catch::Contains("--policy list_afinity") && Catch::Contains("list_affinity"));
    CHECK(qslice_sim({"lab", "--slices", "3,x"}).status == 2);
    CHECK(qslice_sim({"lab", "--slices", "0"}).status == 2);
    const auto absent = qslice_sim({"lab", "--trace", "/no/such/trace.csv"});
    CHECK(absent.status == 2);
    CHECK_THAT(absent.err, Catch::Contains("/no/such/trace.csv"));
    const auto unwritable = qslice_sim({"lab", "--posts", "20", "--simulate", "0", "--slices", "3",
                                        "--policy", "mailman21", "--svg", "/no/such/plot.svg"});
    CHECK(unwritable.status == 2);
    CHECK_THAT(unwritable.err, Catch::Contains("/no/such/plot.svg"));
}
