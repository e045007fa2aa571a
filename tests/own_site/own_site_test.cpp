#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace qslice::test {
namespace {

program_run noted_site(const std::vector<std::string>& arguments) {
    return run_program(QSLICE_NOTED_SITE, arguments, {"LC_ALL=C.UTF-8"});
}

}  // namespace

TEST_CASE("a user's own site is simulated with its runner and machines", "[unsanitized]") {
    const auto run = noted_site({"--posts", "300", "--json"});
    CHECK(run.err.empty());
    REQUIRE(run.status == 0);
    const auto json = nlohmann::json::parse(run.out);
    CHECK(json["conservation"]["accepted"] == 300);
    CHECK(json["conservation"]["delivered"] == 300);
    CHECK(json["conservation"]["lost"] == 0);
    std::size_t noted = 0;
    for (const auto& queue : json["balance"]) {
        if (queue["queue"] != "notes") continue;
        noted = queue["total"];
        CHECK(queue["slices"].size() == 2);
    }
    CHECK(noted == 300);
    std::size_t handled = 0;
    for (const auto& p : json["processes"]) {
        const std::string name = p["process"];
        if (name.starts_with("NoteRunner")) handled += p["handled"].get<std::size_t>();
    }
    CHECK(handled == 300);
}

TEST_CASE("a user's site with slices of different weights is measured against its own shares",
          "[unsanitized]") {
    const auto run =
        run_program(QSLICE_WEIGHTED_SITE, {"--posts", "400", "--json"}, {"LC_ALL=C.UTF-8"});
    CHECK(run.err.empty());
    REQUIRE(run.status == 0);
    const auto json = nlohmann::json::parse(run.out);
    for (const auto& queue : json["balance"]) {
        if (queue["queue"] != "out") continue;
        CHECK(queue["slices"][0]["expected_share"].get<double>() == Approx(0.75).margin(1e-5));
        CHECK(queue["slices"][0]["count"] > 250);
        CHECK(queue["test"]["p_value"].get<double>() > 0.001);
    }
    CHECK(json["deliveries"]["machines"][0]["expected_share"].get<double>() ==
          Approx(0.75).margin(1e-5));
    CHECK(json["deliveries"]["test"]["p_value"].get<double>() > 0.001);
}

TEST_CASE("the requirements on a user's own site decide the status", "[unsanitized]") {
    const auto kept = noted_site(
        {"--posts", "300", "--quiet", "--require", "fifo.list.inversions = 0", "--seed", "2"});
    CHECK(kept.status == 0);
    CHECK_THAT(kept.out, Catch::Contains("mx1 and mx2"));
    const auto missed = noted_site({"--posts", "300", "--quiet", "--require", "latency.p99 < 1ms"});
    CHECK(missed.status == 1);
    CHECK_THAT(missed.out, Catch::Contains("latency.p99 < 1ms"));
}

TEST_CASE("the simulator of a user's own site names invalid options", "[unsanitized]") {
    const auto measure = noted_site({"--require", "latency.p98 < 1s"});
    CHECK(measure.status == 2);
    CHECK_THAT(measure.err, Catch::Contains("qslice_noted_site: --require: unknown measure "
                                            "'latency.p98'; did you mean 'latency.p90'?"));
    CHECK(noted_site({"--posts", "0"}).status == 2);
    CHECK(noted_site({"--pots", "1"}).status == 2);
}

}  // namespace qslice::test
