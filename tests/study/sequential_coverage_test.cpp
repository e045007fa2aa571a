#include "sim/engine/random_stream.hpp"
#include "sim/study/replications.hpp"

#include <boost/random/normal_distribution.hpp>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace qslice::sim;

TEST_CASE("intervals of runs that ended when they were narrow enough cover the mean as is said") {
    replication_plan plan;
    plan.precision = 0.1;
    plan.most = 200;
    constexpr int sweeps = 4000;
    int covering = 0;
    for (int s = 0; s < sweeps; ++s) {
        const auto normal = [s](std::uint64_t number) -> qslice::result<std::vector<double>> {
            random_stream random(static_cast<std::uint64_t>(s), "coverage", number);
            return std::vector<double>{boost::random::normal_distribution<double>(1, 0.3)(random)};
        };
        const auto done = replicate(normal, 1, plan, 1);
        REQUIRE(done);
        REQUIRE(done->precise);
        const estimate e = estimate_mean(done->of(0), plan.confidence);
        if (std::abs(e.mean - 1) <= e.half_width) ++covering;
    }
    // 93.5%, give or take three standard errors.
    CHECK(covering / static_cast<double>(sweeps) == Approx(0.935).margin(0.012));
}
