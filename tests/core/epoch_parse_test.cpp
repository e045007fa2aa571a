#include <qslice/core/detail/epoch_parse.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <charconv>
#include <string>

using qslice::detail::try_parse_epoch;

namespace {

double by_from_chars(const std::string& text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string with_zeros(unsigned number, std::size_t digits) {
    std::string text = std::to_string(number);
    return std::string(digits - text.size(), '0') + text;
}

}  // namespace

TEST_CASE("a present-day time is parsed as the nearest double, whatever its digits") {
    CHECK(rc::check([] {
        const auto whole = *rc::gen::inRange<std::uint64_t>(536870912, 4294967296);
        const auto digits = *rc::gen::inRange<std::size_t>(1, 9);
        unsigned below = 1;
        for (std::size_t i = 0; i < digits; ++i) below *= 10;
        const std::string text = with_zeros(static_cast<unsigned>(whole), 10) + "." +
                                 with_zeros(*rc::gen::inRange(0u, below), digits);
        double value = -1;
        RC_ASSERT(try_parse_epoch(text, value));
        RC_ASSERT(value == by_from_chars(text));
    }));
}

TEST_CASE("the fraction that rounds up to the next second or the next binade is read exactly") {
    for (const std::string text : {"1400972196.99999999", "2147483647.99999999",
                                   "1073741823.99999999", "4294967295.99999999", "0536870912.5"}) {
        double value = -1;
        CAPTURE(text);
        REQUIRE(try_parse_epoch(text, value));
        CHECK(value == by_from_chars(text));
    }
}

TEST_CASE("a time that is not present-day is left to the general parser") {
    for (const std::string text :
         {"", "1400972196", "1400972196.", "400972196.55", "1400972196.123456789", "140097219a.5",
          "14009721x6.5", "1400972196.5x", "1400972196,5", "9400972196.5", "0000000001.5",
          "+400972196.5", "1400972196.1e5", "1400972196.\xb5"}) {
        double value = -1;
        CAPTURE(text);
        CHECK_FALSE(try_parse_epoch(text, value));
        CHECK(value == -1);
    }
}
