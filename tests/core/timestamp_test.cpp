#include <qslice/core/timestamp.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <bit>
#include <cstdlib>
#include <fstream>
#include <limits>

using qslice::to_repr;

TEST_CASE("a time stamp is written as in Mailman 2.1's Python") {
    std::ifstream file(QSLICE_TEST_DATA "/conformance/mailman21-repr.json");
    REQUIRE(file);
    const auto vectors = nlohmann::json::parse(file);
    REQUIRE(vectors.size() > 0);
    for (const auto& vector : vectors) {
        const double value = std::strtod(vector[0].get<std::string>().c_str(), nullptr);
        CHECK(to_repr({value}) == vector[1].get<std::string>());
    }
}

TEST_CASE("the ends of fixed notation are Python's") {
    CHECK(to_repr({1400972196}) == "1400972196.0");
    CHECK(to_repr({9999999999999998}) == "9999999999999998.0");
    CHECK(to_repr({1e16}) == "1e+16");
    CHECK(to_repr({0.0001}) == "0.0001");
    CHECK(to_repr({0.00005}) == "5e-05");
    CHECK(to_repr({-0.0}) == "-0.0");
    CHECK(to_repr({std::numeric_limits<double>::denorm_min()}) == "5e-324");
    CHECK(to_repr({std::numeric_limits<double>::max()}) == "1.7976931348623157e+308");
}

TEST_CASE("every finite double reads back from its text") {
    CHECK(rc::check([] {
        const auto value = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
        RC_PRE(std::isfinite(value));
        RC_ASSERT(qslice::parse_timestamp(to_repr({value}))->seconds == value);
    }));
}

TEST_CASE("text that is not one finite number is an error") {
    for (const char* text : {"", "nan", "inf", "-inf", "1.0 ", " 1.0", "1.0x", "0x10", "1e999"}) {
        const auto t = qslice::parse_timestamp(text);
        REQUIRE_FALSE(t);
        CHECK(t.error().code == qslice::error_code::malformed);
        CHECK(t.error().where == text);
    }
}
