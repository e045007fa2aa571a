#include "sim/scenario/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qslice::sim;

namespace {

const std::string site = R"(
[[machine]]
name = "m"
runners = ["*:0:1"]
)";

std::string problem_of(const std::string& text) {
    const auto read = parse_scenario(text, "test.toml");
    return read ? "no problem" : read.error().to_string();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a scenario can list its posts, and reads back as it was written") {
    const auto read = parse_scenario(site + R"(
tie_seed = 7
[stream]
kind = "listed"
[[stream.post]]
at = "0s"
list = "cats"
sender = "ann@example.org"
[[stream.post]]
at = "100us"
size = 500
answers = 1
)",
                                     "test.toml");
    // A key of the whole scenario after a table belongs to the table.
    CHECK_FALSE(read);

    const auto right = parse_scenario("tie_seed = 7\n" + site + R"(
[stream]
kind = "listed"
[[stream.post]]
list = "cats"
sender = "ann@example.org"
[[stream.post]]
at = "100us"
size = 500
answers = 1
)",
                                      "test.toml");
    if (!right) FAIL(right.error().to_string());
    REQUIRE(right->stream.listed.size() == 2);
    CHECK(right->tie_seed == 7);
    CHECK(right->stream.listed[0].list == "cats");
    CHECK(right->stream.listed[1].at_s == 0.0001);
    CHECK(right->stream.listed[1].answers == 1);
    const auto again = parse_scenario(write_scenario(*right), "again.toml");
    if (!again) FAIL(again.error().to_string() + write_scenario(*right));
    CHECK(again->stream == right->stream);
    CHECK(again->tie_seed == 7);
}

TEST_CASE("faults and courses that a search finds read back as they were written") {
    const auto right = parse_scenario(site + R"(
[[fault]]
kind = "power_loss"
process = "IncomingRunner:0:1"
call = "rename"
count = 3
[[fault]]
kind = "crafted_entry"
at = "1s"
queue = "out"
hash = "8000000000000000000000000000000000000000"
[course]
delays = 1
crashes = 1
crash = "power"
answers = ["17:1", "40:2"]
)",
                                      "test.toml");
    if (!right) FAIL(right.error().to_string());
    REQUIRE(right->faults.size() == 2);
    CHECK(right->faults[0].count == 3);
    CHECK(right->course.answers.size() == 2);
    const auto again = parse_scenario(write_scenario(*right), "again.toml");
    if (!again) FAIL(again.error().to_string() + write_scenario(*right));
    CHECK(again->faults == right->faults);
    CHECK(again->course == right->course);
}

TEST_CASE("invalid listed posts are errors that say where") {
    const std::string backwards = problem_of(site + R"(
[stream]
kind = "listed"
post = [{ at = "2s" }, { at = "1s" }]
)");
    CHECK(has(backwards, "test.toml:8"));
    CHECK(has(backwards, "sorted by time"));
    CHECK(has(problem_of(site + "[stream]\nkind = \"listed\"\n"), "[[stream.post]]"));
    CHECK(has(problem_of(site + "[stream]\nkind = \"listed\"\npost = [{ answers = 1 }]\n"),
              "an earlier post"));
    CHECK(has(problem_of(site + "[[fault]]\nkind = \"crafted_entry\"\n"), "40 hex digits"));
    CHECK(has(problem_of(site + "[[fault]]\nkind = \"crafted_entry\"\nhash = \"12\"\n"),
              "expected the 40 hex digits"));
}
