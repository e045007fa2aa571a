#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

using qslice::test::file_text;
using qslice::test::qslice_sim;
using qslice::test::scratch_directory;

namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("explore finds a broken guarantee and writes a file that replays it") {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "found.toml").string();
    const auto found = qslice_sim({"explore", "two-machines", "--guarantee", "exactly_once",
                                   "--vary", "crashes", "--seeds", "2000", "--out", file});
    INFO(found.out << found.err);
    CHECK(found.status == 1);
    CHECK(has(found.out, "breaks exactly_once"));
    CHECK(has(found.out, "What happened:"));
    CHECK(has(found.out, "qslice-sim run "));
    CHECK(has(found.out, file));
    const auto again = qslice_sim({"run", file, "--json"});
    INFO(again.err << file_text(file));
    CHECK(again.status == 1);
    bool seen = false;
    const auto played = nlohmann::json::parse(again.out);
    for (const auto& g : played["guarantees"]) {
        if (g["name"] == "exactly_once") seen = !g["statement_true"].get<bool>();
    }
    CHECK(seen);
}

TEST_CASE("explore writes the same bytes on one thread and on several") {
    const scratch_directory scratch;
    std::string text;
    std::string written;
    for (const char* jobs : {"1", "2", "4"}) {
        const std::string file = (scratch.path() / "found.toml").string();
        const auto found =
            qslice_sim({"explore", "two-machines", "--guarantee", "slice_order", "--vary", "times",
                        "--seeds", "500", "--jobs", jobs, "--out", file, "--json"});
        CHECK(found.status == 1);
        if (text.empty()) {
            text = found.out;
            written = file_text(file);
        }
        CHECK(found.out == text);
        CHECK(file_text(file) == written);
    }
}

TEST_CASE("explore --exhaustive says how many courses it walked") {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "none.toml").string();
    const auto walked =
        qslice_sim({"explore", "two-machines", "--exhaustive", "--delays", "0", "--out", file});
    INFO(walked.out << walked.err);
    CHECK(walked.status == 0);
    CHECK(has(walked.out, "All executions with up to 0 delays and up to 1 crash (process)"));
    CHECK(has(walked.out, "crash points"));
    CHECK(has(walked.out, "No counterexample"));
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("errors about explore's options list the known values") {
    const auto wrong_guarantee = qslice_sim({"explore", "--guarantee", "exactly_one"});
    CHECK(wrong_guarantee.status == 2);
    CHECK(has(wrong_guarantee.err, "--guarantee"));
    CHECK(has(wrong_guarantee.err, "exactly_once"));
    const auto wrong_variation = qslice_sim({"explore", "--vary", "weather"});
    CHECK(wrong_variation.status == 2);
    CHECK(has(wrong_variation.err, "expected one of times, crashes"));
    const auto wrong_cause = qslice_sim({"explore", "--cause", "bumb"});
    CHECK(has(wrong_cause.err, "'bump'"));
    const auto nowhere = qslice_sim({"explore", "two-machines", "--guarantee", "exactly_once",
                                     "--vary", "crashes", "--out", "/nowhere/found.toml"});
    CHECK(nowhere.status == 2);
    CHECK(has(nowhere.err, "/nowhere/found.toml"));
}

TEST_CASE("sweep prints a table of alternatives with intervals") {
    const auto swept = qslice_sim({"sweep", "two-machines", "--vary", "slices=1,2", "--vary",
                                   "policy.hash=mailman21,list_affinity", "--measure",
                                   "latency.p99,fifo.list.inversions", "--replications", "3"});
    INFO(swept.out << swept.err);
    CHECK(swept.status == 0);
    CHECK(has(swept.out, "policy.hash"));
    CHECK(has(swept.out, "list_affinity"));
    CHECK(has(swept.out, "latency.p99"));
    CHECK(has(swept.out, "12 runs"));
}

TEST_CASE("sweep writes the same bytes on one thread and on several", "[unsanitized]") {
    std::string text;
    for (const char* jobs : {"1", "3"}) {
        const auto swept = qslice_sim({"sweep", "three-machines", "--posts", "100", "--vary",
                                       "slices=1,3", "--measure", "latency.mean", "--replications",
                                       "4", "--jobs", jobs, "--json"});
        REQUIRE(swept.status == 0);
        if (text.empty()) text = swept.out;
        CHECK(swept.out == text);
    }
    const auto json = nlohmann::json::parse(text);
    CHECK(json["rows"].size() == 2);
    CHECK(json["rows"][0]["measures"]["latency.mean"]["count"] == 4);
    CHECK(json["rows"][1]["values"]["slices"] == "3");
}

TEST_CASE("errors about sweep's options say what was expected") {
    const auto no_values = qslice_sim({"sweep", "--vary", "slices", "--measure", "latency.p99"});
    CHECK(no_values.status == 2);
    CHECK(has(no_values.err, "KEY=VALUE"));
    const auto no_measure = qslice_sim({"sweep", "--measure", "latency.p77"});
    CHECK(no_measure.status == 2);
    CHECK(has(no_measure.err, "latency.p77"));
    const auto no_key =
        qslice_sim({"sweep", "--vary", "policy.hush=sha1", "--measure", "latency.p99"});
    CHECK(no_key.status == 2);
    CHECK(has(no_key.err, "hash"));
}
