#include <qslice/core/timestamp.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

using qslice::to_repr;

namespace {

// The shortest decimal from the standard library, with Python's ".0".
std::string shortest(double value) {
    char buffer[64];
    std::string text(buffer,
                     std::to_chars(buffer, buffer + 64, value, std::chars_format::fixed).ptr);
    return text.find('.') == std::string::npos ? text + ".0" : text;
}

}  // namespace

TEST_CASE("a time between 1987 and 2106 is written in the fewest digits, whatever its clock") {
    CHECK(rc::check([] {
        const auto second = *rc::gen::inRange<std::uint64_t>(1u << 29, std::uint64_t{1} << 32);
        const auto part = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
        for (const double ticks : {1e0, 1e1, 1e2, 1e3, 1e5, 1e6, 1e7, 1e9, 256.0, 4096.0}) {
            const double fraction = std::floor(static_cast<double>(part) * 1e-9 * ticks) / ticks;
            const double value = static_cast<double>(second) + fraction;
            RC_ASSERT(to_repr({value}) == shortest(value));
        }
    }));
}

TEST_CASE("times around the years 1987, 2004, 2038 and 2106 are written like any others") {
    for (const double edge : {0x1p29, 0x1p30, 0x1p31, 0x1p32}) {
        double value = edge;
        for (int i = 0; i < 1000; ++i) value = std::nextafter(value, 0.0);
        for (int i = 0; i < 2000; ++i, value = std::nextafter(value, 1e300)) {
            REQUIRE(to_repr({value}) == shortest(value));
        }
    }
}

TEST_CASE("a time half-way between two decimals is rounded to the even one, as Python does") {
    CHECK(to_repr({1400000000.00390625}) == "1400000000.0039062");
    CHECK(to_repr({1400000000.01171875}) == "1400000000.0117188");
}
