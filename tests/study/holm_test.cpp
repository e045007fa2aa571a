#include "sim/study/estimate.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace qslice::sim;

TEST_CASE("of many differences only those are marked that chance does not make among so many") {
    // The example of the procedure: 0.01 <= 0.05/4, 0.013 <= 0.05/3, 0.03 > 0.05/2, so the rest
    // stays.
    const std::vector<double> p{0.03, 0.01, 0.04, 0.013};
    CHECK(rejected_by_holm(p, 0.05) == std::vector<bool>{false, true, false, true});
    CHECK(rejected_by_holm(std::vector<double>{0.03}, 0.05) == std::vector<bool>{true});
    CHECK(rejected_by_holm({}, 0.05).empty());
}

TEST_CASE("the p-value of a mean is Student's") {
    // t = 2 with 4 degrees of freedom: p = 0.11612.
    estimate e;
    e.count = 5;
    e.mean = 2;
    e.deviation = 2.23606797749979;
    CHECK(p_value_of(e) == Approx(0.116117).epsilon(1e-4));
    e.deviation = 0;
    CHECK(p_value_of(e) == 0);
    e.mean = 0;
    CHECK(p_value_of(e) == 1);
}
