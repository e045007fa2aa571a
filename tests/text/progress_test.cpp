#include "sim/text/progress.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace qslice::sim;

TEST_CASE("counts are written for people") {
    CHECK(short_count(0) == "0");
    CHECK(short_count(2.5) == "2.5");
    CHECK(short_count(999) == "999");
    CHECK(short_count(45300) == "45,300");
    CHECK(short_count(1.23e6) == "1.23 million");
    CHECK(short_count(2e9) == "2 billion");
}

TEST_CASE("the progress line shows share, count, rate and time left, and fits its columns") {
    const progress bar("running", "posts", 10'000, false);
    const std::string line = bar.line(2'500, 2, 120);
    CHECK_THAT(line, Catch::StartsWith("running  ") && Catch::Contains(" 25%") &&
                         Catch::Contains("2,500 posts  1,250/s  6.0 s left"));
}

TEST_CASE("the progress line leaves out what does not fit, the time left last") {
    const progress bar("running", "posts", 10'000, false);
    const auto width = [](const std::string& line) {
        return std::count_if(line.begin(), line.end(),
                             [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    };
    for (unsigned columns = 0; columns <= 120; ++columns) {
        CAPTURE(columns);
        CHECK(width(bar.line(2'500, 2, columns)) < std::max(columns, 1U));
    }
    CHECK_THAT(bar.line(2'500, 2, 60), Catch::Contains("2,500 posts  1,250/s  6.0 s left"));
    CHECK_THAT(bar.line(2'500, 2, 40), Catch::Contains(" 25%") && Catch::EndsWith("6.0 s left"));
    CHECK_THAT(bar.line(2'500, 2, 40), !Catch::Contains("posts"));
    CHECK(bar.line(2'500, 2, 26) == "running  25%  6.0 s left");
}

TEST_CASE("a progress bar counts what many threads have done") {
    progress bar("counting", "items", 0, false);
    bar.advance();
    bar.advance(41);
    CHECK(bar.done() == 42);
    CHECK_THAT(bar.line(42, 1, 120), !Catch::Contains("left"));
}
