#include "sim/text/bars.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace qslice::sim;

TEST_CASE("a bar is as long as its share, in eighths of a column") {
    CHECK(bar_text(0, 4, true).empty());
    CHECK(bar_text(1, 4, true) == "████");
    CHECK(bar_text(0.5, 4, true) == "██");
    CHECK(bar_text(0.625, 4, true) == "██▌");
    CHECK(bar_text(7, 4, true) == "████");
    CHECK(bar_text(-1, 4, true).empty());
    CHECK(bar_text(0.6, 5, false) == "###");
}

TEST_CASE("a sparkline is as high as each value is of the largest") {
    const std::vector<double> values{0, 4, 8};
    CHECK(sparkline(values, true) == "▁▅█");
    CHECK(sparkline(values, false) == "_=#");
    CHECK(sparkline({}, true).empty());
    CHECK(sparkline(std::vector<double>{0, 0}, true) == "▁▁");
}
