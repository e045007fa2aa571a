/// @file
/// What chance does to counts in categories: tests of a split, the largest load, unused machines.
/// Balance checks and `explain` stand on it.
#pragma once

#include "sim/check/run_results.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace qslice::sim {

/// n equal shares.
std::vector<double> equal_shares(std::size_t n);

/// Pearson's chi-square. A category of share 0 adds nothing while its count is 0, else infinity.
double chi_square_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// The likelihood ratio's G.
double g_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// P(a chi-square variable of so many degrees of freedom >= statistic).
double chi_square_p(double statistic, std::uint64_t degrees);

/// Outcomes that a multinomial experiment has; the largest number where there are more.
std::uint64_t number_of_outcomes(std::uint64_t total, std::size_t categories);

/// The probability of an outcome that is at most as likely as this one.
/// @complexity every outcome is looked at: number_of_outcomes()
double exact_multinomial_p(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// The same by drawing outcomes; never below 1 / (draws + 1).
/// @complexity draws * categories
double monte_carlo_multinomial_p(std::span<const std::uint64_t> counts,
                                 std::span<const double> shares, std::uint64_t draws,
                                 std::uint64_t seed);

/// Tests a split: exactly up to so many outcomes; by chi-square above, where every expected
/// count is at least 5, or the total above ten million; else by 20,000 draws.
/// @param shares  one for each count, of sum 1
split_test test_split(std::span<const std::uint64_t> counts, std::span<const double> shares,
                      std::uint64_t seed = 1, std::uint64_t most_outcomes = 200'000);

/// P(every category has at most its limit).
/// @complexity total^2 * categories; exact
double probability_within(std::uint64_t total, std::span<const double> shares,
                          std::span<const std::uint64_t> limits);

/// The mean of the largest load, where a load is a count over what is expected of it.
///
/// Exact for small totals; above with independent Poisson counts of the same means, which puts
/// it wrong by less than a message.
/// @complexity bounded by some thousand looks at the distribution, whatever the total
double expected_max_over_mean(std::uint64_t total, std::span<const double> shares);

/// The load that the largest one exceeds with a probability of at most `alpha`.
///
/// From the sum of the categories' probabilities, which is an upper bound and, since counts hinder
/// one another, at most alpha^2 / 2 above the truth.
double allowed_max_over_mean(std::uint64_t total, std::span<const double> shares, double alpha);

/// The balls-in-bins question: the mean of the largest number among n bins after m balls.
double expected_max_load(std::uint64_t balls, std::size_t bins);

/// Its largest value but for a probability of alpha.
std::uint64_t max_load_quantile(std::uint64_t balls, std::size_t bins, double alpha);

/// The range that a category's count leaves with a probability of at most alpha, half at each end.
struct count_band {
    double low = 0;
    double high = 0;
};
count_band band_of(std::uint64_t total, double share, double alpha);

/// P(at least one of n machines got nothing of m messages).
///
/// Exact by inclusion and exclusion, 3 (2/3)^7 - 3 (1/3)^7 for 3 machines and 7 messages, and,
/// above 20 machines, where its terms would cancel, by the chain of the number of machines in
/// use; where that is longer than ten million steps, as if machines were independent.
/// @complexity machines; above 20, at most ten million steps
double probability_of_unused(std::uint64_t messages, std::size_t machines);

/// The same with shares; with more than 20 of them as if they were independent.
/// Shares of 0 are left out.
/// @complexity 2^machines
double probability_of_unused(std::uint64_t messages, std::span<const double> shares);

/// The fewest messages after which a machine is still unused with a probability below alpha.
std::uint64_t messages_to_use_all(std::span<const double> shares, double alpha);

}  // namespace qslice::sim
