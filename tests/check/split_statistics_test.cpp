#include "sim/check/split_statistics.hpp"

#include "sim/check/explain.hpp"
#include "sim/engine/random_stream.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

using namespace qslice::sim;

namespace {

using counts_t = std::vector<std::uint64_t>;

/// Calls `seen` with every sequence of the given number of messages and machines.
void each_sequence(std::size_t messages, std::size_t machines,
                   const std::function<void(const counts_t&, const std::vector<std::size_t>&)>& f) {
    std::vector<std::size_t> sequence(messages);
    while (true) {
        counts_t counts(machines);
        for (const std::size_t m : sequence) ++counts[m];
        f(counts, sequence);
        std::size_t at = 0;
        while (at < messages && ++sequence[at] == machines) sequence[at++] = 0;
        if (at == messages) return;
    }
}

double weight_of(const std::vector<std::size_t>& sequence, const std::vector<double>& shares) {
    double weight = 1;
    for (const std::size_t m : sequence) weight *= shares[m];
    return weight;
}

std::vector<double> any_shares(std::size_t n) {
    std::vector<double> shares;
    for (std::size_t k = 0; k < n; ++k) shares.push_back(*rc::gen::inRange(1, 6));
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& s : shares) s /= sum;
    return shares;
}

}  // namespace

TEST_CASE("seven messages leave one of three machines unused with a probability of 0.174") {
    const double exact = 3 * std::pow(2.0 / 3, 7) - 3 * std::pow(1.0 / 3, 7);
    CHECK(exact == Approx(0.174).margin(0.0005));
    CHECK(probability_of_unused(7, 3) == Approx(exact).epsilon(1e-14));
    CHECK(probability_of_unused(7, equal_shares(3)) == Approx(exact).epsilon(1e-12));
    CHECK(probability_of_unused(2, 3) == 1);
    CHECK(probability_of_unused(0, std::vector<double>{0.5, 0.3, 0.2}) == 1);
    CHECK(probability_of_unused(5, 1) == 0);
}

TEST_CASE("the probability of an unused machine agrees with all sequences, shares or not") {
    CHECK(rc::check([] {
        const auto machines = *rc::gen::inRange<std::size_t>(1, 5);
        const auto messages = *rc::gen::inRange<std::size_t>(0, 7);
        const auto shares = any_shares(machines);
        double unused = 0;
        each_sequence(messages, machines, [&](const counts_t& counts, const auto& sequence) {
            if (std::find(counts.begin(), counts.end(), 0u) != counts.end()) {
                unused += weight_of(sequence, shares);
            }
        });
        RC_ASSERT(std::abs(probability_of_unused(messages, shares) - unused) < 1e-12);
    }));
}

TEST_CASE("above 20 machines the probability of an unused one keeps its precision") {
    const auto series = [](int machines, double messages) {
        long double sum = 0;
        long double choose = 1;
        for (int j = 1; j < machines; ++j) {
            choose = choose * (machines + 1 - j) / j;
            sum += (j % 2 == 1 ? 1 : -1) * choose * std::pow(1.0L - 1.0L * j / machines, messages);
        }
        return static_cast<double>(sum);
    };
    CHECK(probability_of_unused(100, std::size_t{20}) == Approx(series(20, 100)).epsilon(1e-10));
    CHECK(probability_of_unused(100, std::size_t{21}) == Approx(series(21, 100)).epsilon(1e-10));
    CHECK(probability_of_unused(500, std::size_t{100}) == Approx(series(100, 500)).epsilon(1e-9));
    // Too many steps for the Markov chain: about 10,000 (1 - 1/10,000)^150,000.
    CHECK(probability_of_unused(150'000, std::size_t{10'000}) ==
          Approx(10'000 * std::pow(1 - 1e-4, 150'000)).epsilon(1e-2));
}

TEST_CASE("this many messages show that a machine is not just unlucky") {
    CHECK(messages_to_use_all(equal_shares(3), 0.001) == 20);
    CHECK(probability_of_unused(19, std::size_t{3}) >= 0.001);
    CHECK(messages_to_use_all(equal_shares(1), 0.001) == 1);
    CHECK(rc::check([] {
        const auto shares = any_shares(*rc::gen::inRange<std::size_t>(2, 6));
        const std::uint64_t enough = messages_to_use_all(shares, 0.01);
        RC_ASSERT(probability_of_unused(enough, shares) < 0.01);
        RC_ASSERT(probability_of_unused(enough - 1, shares) >= 0.01);
    }));
}

TEST_CASE("chi-square and G of a table in every textbook") {
    // Mendel's peas: 315, 108, 101, 32 at 9:3:3:1.
    const counts_t peas{315, 108, 101, 32};
    const std::vector<double> shares{9 / 16.0, 3 / 16.0, 3 / 16.0, 1 / 16.0};
    CHECK(chi_square_statistic(peas, shares) == Approx(0.470024).epsilon(1e-5));
    CHECK(g_statistic(peas, shares) == Approx(0.475432).epsilon(1e-4));
    CHECK(chi_square_p(0.470024, 3) == Approx(0.925426).epsilon(1e-5));
    CHECK(chi_square_p(3.841458821, 1) == Approx(0.05).epsilon(1e-8));
    CHECK(chi_square_statistic(counts_t{1, 0}, std::vector<double>{0, 1}) ==
          std::numeric_limits<double>::infinity());
}

TEST_CASE("the exact multinomial test of 4 3 0 on three machines") {
    // Of 2,187 sequences, 210 give 4 3 0 in some order, 35 per order; at most as likely are
    // 7 0 0 (3 sequences), 6 1 0 (42) and 5 2 0 (126). 5 1 1 has 42 for each order.
    const counts_t seen{4, 3, 0};
    CHECK(exact_multinomial_p(seen, equal_shares(3)) == Approx((210 + 3 + 42 + 126) / 2187.0));
}

TEST_CASE("the exact multinomial test agrees with all sequences") {
    CHECK(rc::check([] {
        const auto machines = *rc::gen::inRange<std::size_t>(2, 5);
        const auto messages = *rc::gen::inRange<std::size_t>(1, 7);
        const auto shares = any_shares(machines);
        std::map<counts_t, double> outcomes;
        each_sequence(messages, machines, [&](const counts_t& counts, const auto& sequence) {
            outcomes[counts] += weight_of(sequence, shares);
        });
        RC_ASSERT(number_of_outcomes(messages, machines) == outcomes.size());
        for (const auto& [seen, likely] : outcomes) {
            double p = 0;
            for (const auto& [other, weight] : outcomes) {
                if (weight <= likely * (1 + 1e-9)) p += weight;
            }
            RC_ASSERT(std::abs(exact_multinomial_p(seen, shares) - p) < 1e-10);
        }
    }));
}

TEST_CASE("sampling outcomes approximates the exact test") {
    const counts_t seen{20, 9, 11};
    const double exact = exact_multinomial_p(seen, equal_shares(3));
    const double drawn = monte_carlo_multinomial_p(seen, equal_shares(3), 50'000, 7);
    CHECK(drawn == Approx(exact).margin(4 * std::sqrt(exact * (1 - exact) / 50'000)));
    CHECK(drawn == monte_carlo_multinomial_p(seen, equal_shares(3), 50'000, 7));
}

TEST_CASE("a split is tested by the method that fits its size", "[unsanitized]") {
    CHECK(test_split(counts_t{4, 3, 0}, equal_shares(3)).how == split_method::exact_multinomial);
    CHECK(test_split(counts_t{3300, 3400, 3300}, equal_shares(3)).how == split_method::chi_square);
    CHECK(test_split(counts_t(1000, 1), equal_shares(1000)).how == split_method::monte_carlo);
    CHECK(test_split(counts_t{100'000'000'000, 0}, std::vector<double>{1 - 1e-12, 1e-12}).how ==
          split_method::chi_square);
    CHECK(test_split(counts_t{0, 0}, equal_shares(2)).how == split_method::not_tested);
    CHECK(test_split(counts_t{5}, equal_shares(1)).how == split_method::not_tested);
    CHECK(test_split(counts_t{5, 0}, std::vector<double>{0, 1}).p_value == 0);
    CHECK(test_split(counts_t{0, 5}, std::vector<double>{0, 1}).how == split_method::not_tested);
}

TEST_CASE("a probability that no draw reached is called a bound") {
    counts_t one_of_many(64, 0);
    one_of_many[37] = 120;
    const auto drawn = test_split(one_of_many, equal_shares(64));
    CHECK(drawn.how == split_method::monte_carlo);
    CHECK(bound_in_words(drawn) == "at most ");
    CHECK(bound_in_words(test_split(counts_t(64, 2), equal_shares(64))).empty());
    CHECK(bound_in_words(test_split(counts_t{30, 0}, equal_shares(2))).empty());
}

TEST_CASE("p-values of random splits are uniform") {
    random_stream random(11, "splits");
    int below_tenth = 0;
    constexpr int experiments = 500;
    for (int e = 0; e < experiments; ++e) {
        counts_t counts(3);
        for (int m = 0; m < 300; ++m) ++counts[random.below(3)];
        if (test_split(counts, equal_shares(3)).p_value <= 0.1) ++below_tenth;
    }
    CHECK(below_tenth > 25);
    CHECK(below_tenth < 75);
}

TEST_CASE("the largest load of few balls agrees with all sequences") {
    for (const auto& size : {std::pair{7u, 3u}, {6u, 4u}, {3u, 2u}, {1u, 5u}}) {
        const unsigned balls = size.first;
        const unsigned bins = size.second;
        double mean = 0;
        double sequences = 0;
        std::vector<double> at_most(balls + 1);
        each_sequence(balls, bins, [&](const counts_t& counts, const auto&) {
            const std::uint64_t most = *std::max_element(counts.begin(), counts.end());
            mean += static_cast<double>(most);
            for (std::uint64_t m = most; m <= balls; ++m) ++at_most[m];
            ++sequences;
        });
        CHECK(expected_max_over_mean(balls, equal_shares(bins)) ==
              Approx(mean / sequences * bins / balls).epsilon(1e-8));
        for (std::uint64_t m = 0; m <= balls; ++m) {
            CHECK(probability_within(balls, equal_shares(bins), counts_t(bins, m)) ==
                  Approx(at_most[m] / sequences).margin(1e-12));
        }
    }
}

TEST_CASE("the largest load of many balls agrees with sampling") {
    random_stream random(5, "loads");
    for (const auto& [balls, bins] : {std::pair{300u, 3u}, {1000u, 64u}, {500u, 2u}}) {
        std::vector<double> loads;
        for (int e = 0; e < 2000; ++e) {
            counts_t counts(bins);
            for (unsigned b = 0; b < balls; ++b) ++counts[random.below(bins)];
            loads.push_back(static_cast<double>(*std::max_element(counts.begin(), counts.end())));
        }
        const double mean = std::accumulate(loads.begin(), loads.end(), 0.0) / 2000;
        const double expected = static_cast<double>(balls) / bins;  // balls in a bin
        CHECK(expected_max_over_mean(balls, equal_shares(bins)) * expected ==
              Approx(mean).margin(0.9));
        const double allowed =
            std::round(allowed_max_over_mean(balls, equal_shares(bins), 0.01) * expected);
        const auto above =
            std::count_if(loads.begin(), loads.end(), [&](double load) { return load > allowed; });
        CHECK(above <= 40);
    }
}

TEST_CASE("a larger share of the messages allows a load in proportion") {
    const std::vector<double> shares{0.5, 0.3, 0.2};
    const double allowed = allowed_max_over_mean(10'000, shares, 0.001);
    CHECK(allowed > 1.03);
    CHECK(allowed < 1.12);
    CHECK(expected_max_over_mean(10'000, shares) > 1);
    CHECK(expected_max_over_mean(10'000, shares) < allowed);
    const count_band band = band_of(10'000, 0.5, 0.01);
    CHECK(band.low == Approx(5000 - 2.576 * 50).margin(2));
    CHECK(band.high == Approx(5000 + 2.576 * 50).margin(2));
}

TEST_CASE("the largest load of a billion messages is as theory predicts") {
    // The mean of the largest of three normal deviates is 3 / (2 sqrt(pi)).
    for (const std::uint64_t total : {std::uint64_t{10'000}, std::uint64_t{1'000'000'000}}) {
        const double deviation = std::sqrt(3 / static_cast<double>(total));
        const double expected = 3 / (2 * std::sqrt(3.14159265358979)) * deviation;
        CHECK(expected_max_over_mean(total, equal_shares(3)) - 1 == Approx(expected).epsilon(0.01));
    }
}

TEST_CASE("what is approximated as if machines were independent says so") {
    std::vector<double> uneven(25, 0.04);
    uneven[0] = 0.03;
    uneven[1] = 0.05;
    CHECK(is_unused_approximated(100, uneven));
    CHECK_FALSE(is_unused_approximated(100, std::vector<double>(25, 0.04)));
    CHECK(is_unused_approximated(1'000'000, std::vector<double>(25, 0.04)));
    uneven.resize(20);
    CHECK_FALSE(is_unused_approximated(1'000'000, uneven));
    std::vector<std::uint64_t> seen(25, 4);
    seen[7] = 0;
    std::vector<double> shares(25, 0.04);
    CHECK_THAT(explain_split(seen, shares)->text,
               !Catch::Contains("as if machines were independent"));
    shares[0] = 0.03;
    shares[1] = 0.05;
    CHECK_THAT(explain_split(seen, shares)->text,
               Catch::Contains("as if machines were independent"));
}
