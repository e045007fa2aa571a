#include "sim/scenario/time_text.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <utility>

using namespace qslice::sim;

TEST_CASE("times are read in all units, and a number alone is seconds") {
    const auto [text, seconds] = GENERATE(table<std::string, double>({
        {"30s", 30},
        {"30", 30},
        {" 1.5 ", 1.5},
        {"5min", 300},
        {"1h", 3600},
        {"1h 30min", 5400},
        {"1h30min", 5400},
        {"2d", 172800},
        {"250us", 250e-6},
        {"20ms", 0.02},
        {"5 ns", 5e-9},
        {"-3s", -3},
        {"1e3s", 1000},
    }));
    CAPTURE(text);
    const auto parsed = parse_time(text);
    REQUIRE(parsed);
    CHECK(*parsed == seconds);
}

TEST_CASE("an invalid time is an error that says what was expected") {
    CHECK_THAT(parse_time("soon").error().what,
               Catch::Contains("expected a time") && Catch::Contains("found 'soon'"));
    CHECK_THAT(parse_time("").error().what, Catch::Contains("expected a time"));
    CHECK(parse_time("5m").error().what == "unknown unit 'm'; expected ns, us, ms, s, min, h or d");
    CHECK_THAT(parse_time("5min 3").error().what, Catch::Contains("unknown unit ''"));
    CHECK_FALSE(parse_time("--3s"));
    CHECK_FALSE(parse_time("nan"));
}

TEST_CASE("a written time is as short as possible and always exact") {
    CHECK(format_time(0) == "0s");
    CHECK(format_time(3600) == "1h");
    CHECK(format_time(300) == "5min");
    CHECK(format_time(90) == "90s");
    CHECK(format_time(0.02) == "20ms");
    CHECK(format_time(250e-6) == "250us");
    CHECK(format_time(-0.5) == "-500ms");
    rc::check("parse . format = id", [](std::int64_t nanoseconds) {
        const double seconds = static_cast<double>(nanoseconds) / 1e9;
        const auto again = parse_time(format_time(seconds));
        RC_ASSERT(again);
        RC_ASSERT(*again == seconds);
    });
}
