#include "sim/report/html.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <string>
#include <vector>

using qslice::test::file_text;
using qslice::test::program_run;
using qslice::test::run_program;
using qslice::test::scratch_directory;

namespace {

program_run qslice_sim(const std::vector<std::string>& arguments) {
    return run_program(QSLICE_SIM_PROGRAM, arguments);
}

nlohmann::ordered_json small_run() {
    const auto played = qslice_sim({"run", "three-machines", "--posts", "60", "--json"});
    return nlohmann::ordered_json::parse(played.out);
}

}  // namespace

TEST_CASE("a page made from the JSON of a run equals the page that the run writes") {
    const scratch_directory scratch;
    const std::string direct = (scratch.path() / "direct.html").string();
    const std::string later = (scratch.path() / "later.html").string();
    const auto played =
        qslice_sim({"run", "three-machines", "--posts", "300", "--json", "--html", direct});
    REQUIRE(played.status == 0);
    const auto made = qslice_sim({"report", scratch.file("run.json", played.out), "-o", later});
    INFO(made.err);
    REQUIRE(made.status == 0);
    CHECK((file_text(direct) == file_text(later)));
}

TEST_CASE("a page loads nothing from outside and runs only its own scripts") {
    const auto page = qslice::sim::report_page(small_run(), "run");
    REQUIRE(page);
    CHECK_THAT(*page, Catch::Contains("default-src 'none'"));
    CHECK_THAT(*page, !Catch::Contains("unsafe-inline"));
    const std::string head = page->substr(0, page->find("<style>"));
    CHECK_THAT(head, Catch::Contains("Content-Security-Policy"));
    CHECK_FALSE(std::regex_search(*page, std::regex("<(link|img|iframe|base)[ >]")));
    CHECK_FALSE(std::regex_search(*page, std::regex("<script[^>]* src=")));
    CHECK(page->find("@import") == std::string::npos);
    CHECK(page->find("url(") == std::string::npos);
}

TEST_CASE("other JSON than a run's is rejected with the member that is wrong") {
    auto run = small_run();
    REQUIRE(qslice::sim::report_page(run, "f.json"));
    const auto told = [](const nlohmann::ordered_json& json) {
        const auto page = qslice::sim::report_page(json, "f.json");
        REQUIRE_FALSE(page);
        CHECK(page.error().where == "f.json");
        return page.error().what;
    };
    CHECK_THAT(told(nlohmann::ordered_json::array()), Catch::Contains("not an object"));
    CHECK_THAT(told({{"format", 2}}), Catch::Contains("'format'"));
    auto without = run;
    without.erase("fifo");
    CHECK_THAT(told(without), Catch::Contains("'/fifo' is missing"));
    auto other = run;
    other["scenario"]["name"] = 3;
    CHECK_THAT(told(other), Catch::Contains("'/scenario/name' is not a string"));
    other = run;
    other["scenario"]["seed"] = "</script>";
    CHECK_THAT(told(other), Catch::Contains("seed"));
}

TEST_CASE("a page made from the JSON of a sweep equals the page that the sweep writes") {
    const scratch_directory scratch;
    const std::string direct = (scratch.path() / "direct.html").string();
    const std::string later = (scratch.path() / "later.html").string();
    const auto swept =
        qslice_sim({"sweep", "seven-posts", "--vary", "slices=1,3", "--measure", "latency.mean",
                    "--replications", "2", "--json", "--html", direct});
    REQUIRE(swept.status == 0);
    const auto made = qslice_sim({"report", scratch.file("sweep.json", swept.out), "-o", later});
    INFO(made.err);
    REQUIRE(made.status == 0);
    CHECK((file_text(direct) == file_text(later)));

    // And the options that it names reproduce the same numbers.
    const auto first = nlohmann::ordered_json::parse(swept.out);
    std::vector<std::string> again{
        "sweep", scratch.file("again.toml", first["scenario"]["toml"].get<std::string>()),
        "--json"};
    for (const auto& option : first["sweep"]["options"]) again.push_back(option);
    CHECK((nlohmann::ordered_json::parse(qslice_sim(again).out)["rows"] == first["rows"]));

    auto without = first;
    without["rows"][1]["measures"].erase("latency.mean");
    const auto refused = qslice::sim::report_page(without, "f.json");
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().what, Catch::Contains("'/rows/1/measures/latency.mean' is missing"));
}

TEST_CASE("the command report names file, line and column of what is not JSON") {
    const scratch_directory scratch;
    const std::string page = (scratch.path() / "page.html").string();
    const std::string bad = scratch.file("bad.json", "{\n \"format\": 1,\n oops}");
    const auto broken = qslice_sim({"report", bad, "-o", page});
    CHECK(broken.status == 2);
    CHECK_THAT(broken.err, Catch::Contains(bad + ":3:2: "));
    const auto missing = qslice_sim({"report", "/nowhere/run.json", "-o", page});
    CHECK(missing.status == 2);
    CHECK_THAT(missing.err, Catch::Contains("/nowhere/run.json"));
    const auto nowhere =
        qslice_sim({"run", "seven-posts", "--html", "/nowhere/page.html", "--quiet"});
    CHECK(nowhere.status == 2);
    CHECK_THAT(nowhere.err, Catch::Contains("/nowhere/page.html"));
}

TEST_CASE("the JSON has the paths of all posts of a small run, and of a sample in a large one",
          "[slow][unsanitized]") {
    const auto all = small_run();
    CHECK(all["journeys"].size() == 60);
    const auto played = qslice_sim({"run", "three-machines", "--posts", "2000", "--json"});
    const auto run = nlohmann::ordered_json::parse(played.out);
    const auto& journeys = run["journeys"];
    CHECK(journeys.size() == 120);
    std::set<int> posts;
    for (const auto& journey : journeys) {
        CHECK(posts.insert(journey["post"].get<int>()).second);
        CHECK(journey["entries"].size() >= 3);
        CHECK(journey["effects"].size() >= 2);
    }
    for (const auto& order : run["fifo"]) {
        if (order["earliest"].is_null() || order["earliest"]["earlier"].is_null()) continue;
        CHECK(posts.count(order["earliest"]["earlier"].get<int>()) == 1);
        CHECK(posts.count(order["earliest"]["later"].get<int>()) == 1);
    }
}
