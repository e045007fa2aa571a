#include "sim/study/estimate.hpp"

#include "sim/engine/random_stream.hpp"

#include <boost/random/normal_distribution.hpp>
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace qslice::sim;

TEST_CASE("a mean of known values has Student's interval") {
    // 2.776445 is the 97.5% quantile of Student's distribution with 4 degrees of freedom.
    const std::vector<double> values{1, 2, 3, 4, 5};
    const estimate e = estimate_mean(values, 0.95);
    CHECK(e.count == 5);
    CHECK(e.mean == Approx(3));
    CHECK(e.deviation == Approx(std::sqrt(2.5)));
    CHECK(e.half_width == Approx(2.776445 * std::sqrt(2.5) / std::sqrt(5.0)).epsilon(1e-6));
}

TEST_CASE("values that are not numbers are left out of a mean, and one value has no interval") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> values{nan, 7};
    const estimate e = estimate_mean(values, 0.95);
    CHECK(e.count == 1);
    CHECK(e.mean == 7);
    CHECK(std::isnan(e.half_width));
    CHECK(estimate_mean({}, 0.95).count == 0);
    CHECK(estimate_mean(std::vector<double>{4, 4, 4}, 0.95).relative_precision() == 0);
}

TEST_CASE("95% intervals of normal values contain the true mean 95% of the time") {
    random_stream random(3, "coverage");
    boost::random::normal_distribution<double> normal(10, 3);
    int held = 0;
    constexpr int experiments = 4'000;
    for (int i = 0; i < experiments; ++i) {
        std::vector<double> values(8);
        for (double& x : values) x = normal(random);
        const estimate e = estimate_mean(values, 0.95);
        if (e.low() <= 10 && 10 <= e.high()) ++held;
    }
    // Four standard deviations of a binomial count.
    CHECK(std::abs(held - 0.95 * experiments) < 4 * std::sqrt(experiments * 0.95 * 0.05));
}

TEST_CASE("the warm-up of values that settle is cut where they settle") {
    random_stream random(5, "warm-up");
    boost::random::normal_distribution<double> noise(0, 0.1);
    std::vector<double> values;
    for (int i = 0; i < 2'000; ++i) {
        values.push_back(5 - 5 * std::exp(-i / 40.0) + noise(random));
    }
    const std::size_t cut = warm_up_of(values);
    CHECK(cut >= 80);
    CHECK(cut <= 400);
    CHECK(warm_up_of({}) == 0);
}
