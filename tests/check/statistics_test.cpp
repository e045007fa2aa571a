#include "sim/check/statistics.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace qslice::sim;

namespace {

passage any_passage(std::int64_t most) {
    return {*rc::gen::inRange<std::int64_t>(0, most), *rc::gen::inRange<std::int64_t>(0, most)};
}

bool overtakes(const passage& later, const passage& earlier) {
    return later.in > earlier.in && later.out < earlier.out;
}

}  // namespace

TEST_CASE("mean, variance and coefficient of variation of 2 4 4 4 5 5 7 9") {
    const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
    const sample_summary summary = summarize(values);
    CHECK(summary.mean == 5);
    CHECK(summary.variance == Approx(32.0 / 7));
    CHECK(coefficient_of_variation(values) == Approx(2.0 / 5));
    CHECK(std::isnan(summarize({}).mean));
    CHECK(std::isnan(summarize(std::vector<double>{1}).variance));
    CHECK(std::isnan(coefficient_of_variation(std::vector<double>{0, 0})));
}

TEST_CASE("quantiles are interpolated as in R and NumPy") {
    const std::vector<double> sorted{1, 2, 3, 4};
    CHECK(quantile_of_sorted(sorted, 0) == 1);
    CHECK(quantile_of_sorted(sorted, 0.5) == 2.5);
    CHECK(quantile_of_sorted(sorted, 0.9) == Approx(3.7));
    CHECK(quantile_of_sorted(sorted, 1) == 4);
    CHECK(std::isnan(quantile_of_sorted({}, 0.5)));
}

TEST_CASE("the confidence interval of a share is Wilson's") {
    // For 8 of 10: 0.4901625 to 0.9433178
    const auto share = confidence_of_share(8, 10, 0.95);
    CHECK(share.low == Approx(0.4901625).epsilon(1e-6));
    CHECK(share.high == Approx(0.9433178).epsilon(1e-6));
    CHECK(confidence_of_share(0, 10, 0.95).low == 0);
    CHECK(confidence_of_share(10, 10, 0.95).high == 1);
}

TEST_CASE("the histogram of times counts each once, in the right bin") {
    CHECK(rc::check([] {
        auto seconds = *rc::gen::container<std::vector<double>>(
            rc::gen::map(rc::gen::inRange(0, 1'000'000'000), [](int n) { return n * 1e-5; }));
        const auto d = distribution_of("x", seconds);
        std::uint64_t counted = 0;
        for (const auto& bin : d.bins) {
            counted += bin.count;
            const auto inside = std::count_if(seconds.begin(), seconds.end(), [&](double s) {
                return s > bin.from * (1 - 1e-9) && s < bin.to * (1 + 1e-9);
            });
            RC_ASSERT(static_cast<std::uint64_t>(inside) >= bin.count);
        }
        RC_ASSERT(counted == seconds.size());
        RC_ASSERT(d.count == seconds.size());
        if (!seconds.empty()) {
            RC_ASSERT(d.most == *std::max_element(seconds.begin(), seconds.end()));
            RC_ASSERT(d.p50 <= d.p99);
        }
    }));
}

TEST_CASE("1 2 3 that leave as 3 1 2 are two inversions by one overtaker") {
    const std::vector<passage> passages{{10, 102}, {20, 103}, {30, 101}};
    std::vector<std::uint64_t> places;
    const auto found = count_inversions(passages, &places);
    CHECK(found.inversions == 2);
    CHECK(found.overtaken == 2);
    CHECK(found.most_places == 1);
    CHECK(found.most_gap == 20);
    CHECK(found.earliest == 0);
    CHECK(found.earliest_overtaker == 2);
    CHECK(places == std::vector<std::uint64_t>{1, 1, 0});
}

TEST_CASE("passages at equal times are in order") {
    CHECK(count_inversions(std::vector<passage>{{1, 5}, {1, 4}}).inversions == 0);
    CHECK(count_inversions(std::vector<passage>{{1, 4}, {2, 4}}).inversions == 0);
    CHECK(count_inversions({}).inversions == 0);
}

TEST_CASE("inversions agree with a count of all pairs") {
    CHECK(rc::check([] {
        const auto most = *rc::gen::element<std::int64_t>(5, 40, 1000);
        const auto passages = *rc::gen::container<std::vector<passage>>(
            rc::gen::exec([most] { return any_passage(most); }));
        std::uint64_t inversions = 0;
        std::uint64_t overtaken = 0;
        std::uint64_t most_places = 0;
        std::int64_t most_gap = 0;
        std::int64_t first_seen = most;
        std::vector<std::uint64_t> places;
        for (const passage& earlier : passages) {
            std::uint64_t overtakers = 0;
            for (const passage& later : passages) {
                if (!overtakes(later, earlier)) continue;
                ++overtakers;
                most_gap = std::max(most_gap, later.in - earlier.in);
                first_seen = std::min(first_seen, later.out);
            }
            inversions += overtakers;
            overtaken += overtakers > 0 ? 1 : 0;
            most_places = std::max(most_places, overtakers);
            places.push_back(overtakers);
        }
        std::vector<std::uint64_t> counted;
        const auto found = count_inversions(passages, &counted);
        RC_ASSERT(found.inversions == inversions);
        RC_ASSERT(found.overtaken == overtaken);
        RC_ASSERT(found.most_places == most_places);
        RC_ASSERT(found.most_gap == most_gap);
        RC_ASSERT(counted == places);
        if (inversions > 0) {
            RC_ASSERT(overtakes(passages[found.earliest_overtaker], passages[found.earliest]));
            RC_ASSERT(passages[found.earliest_overtaker].out == first_seen);
        } else {
            RC_ASSERT(found.earliest == found.earliest_overtaker);
        }
    }));
}
