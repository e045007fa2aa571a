/// @file
/// The statistics of counts in categories: tests of a split, the largest load, unused machines.
/// Balance checks and `explain` use it.
#pragma once

#include "sim/check/run_results.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// n equal shares.
std::vector<double> equal_shares(std::size_t n);

/// Pearson's chi-square. A category with share 0 adds nothing if its count is 0, otherwise
/// infinity.
double chi_square_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// The likelihood ratio's G.
double g_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// P(a chi-square variable with this many degrees of freedom >= statistic).
double chi_square_p(double statistic, std::uint64_t degrees);

/// The number of outcomes of a multinomial experiment, clamped to the maximum of the type.
std::uint64_t number_of_outcomes(std::uint64_t total, std::size_t categories);

/// The probability of an outcome at most as likely as this one.
/// @complexity every outcome is visited: number_of_outcomes()
double exact_multinomial_p(std::span<const std::uint64_t> counts, std::span<const double> shares);

/// The same by simulation; at least 1 / (draws + 1).
/// @complexity draws * categories
double monte_carlo_multinomial_p(std::span<const std::uint64_t> counts,
                                 std::span<const double> shares, std::uint64_t draws,
                                 std::uint64_t seed);

/// What test_split draws if it neither counts outcomes nor uses a distribution.
constexpr std::uint64_t monte_carlo_draws = 20'000;

/// Tests a split: exactly up to this many outcomes; above, by chi-square if every expected count is
/// at least 5 or the total exceeds ten million, otherwise by draws.
/// @param shares  one per count, with sum 1
split_test test_split(std::span<const std::uint64_t> counts, std::span<const double> shares,
                      std::uint64_t seed = 1, std::uint64_t most_outcomes = 200'000);

/// "at most " if the test's probability is a bound, since none of its draws was so unlikely; "" if
/// it is the value.
std::string_view bound_in_words(const split_test& test);

/// P(every category has at most its limit).
/// @complexity total^2 * categories; exact
double probability_within(std::uint64_t total, std::span<const double> shares,
                          std::span<const std::uint64_t> limits);

/// The mean of the largest load, where a load is a count divided by the one that is wanted.
///
/// @param shares  probabilities of the categories
/// @param wanted  the shares of the total that they should get; empty: the same
///
/// Exact for small totals; otherwise with independent Poisson counts of the same means, with an
/// error of less than a message.
/// @complexity at most a few thousand evaluations of the distribution, whatever the total
double expected_max_over_mean(std::uint64_t total, std::span<const double> shares,
                              std::span<const double> wanted = {});

/// The load that the largest load exceeds with a probability of at most `alpha`.
///
/// Uses the sum of the categories' probabilities, an upper bound that, since counts are negatively
/// correlated, exceeds the true value by at most alpha^2 / 2.
double allowed_max_over_mean(std::uint64_t total, std::span<const double> shares, double alpha,
                             std::span<const double> wanted = {});

/// The range outside which a category's count falls with a probability of at most alpha, half on
/// each side.
struct count_band {
    double low = 0;
    double high = 0;
};
count_band band_of(std::uint64_t total, double share, double alpha);

/// P(at least one of n machines got nothing of m messages).
///
/// Exact by inclusion and exclusion, 3 (2/3)^7 - 3 (1/3)^7 for 3 machines and 7 messages, and,
/// above 20 machines, where its terms would cancel, by the Markov chain of the number of machines
/// in use; if that takes more than ten million steps, approximated as if machines were independent.
/// @complexity linear in machines; above 20, at most ten million steps
double probability_of_unused(std::uint64_t messages, std::size_t machines);

/// The same with shares; with more than 20 of them approximated as if they were independent. Shares
/// of 0 are ignored.
/// @complexity 2^machines
double probability_of_unused(std::uint64_t messages, std::span<const double> shares);

/// Whether the latter is an approximation, as if machines were independent.
bool is_unused_approximated(std::uint64_t messages, std::span<const double> shares);

/// The minimum number of messages after which the probability of an unused machine is below alpha;
/// the largest integer if it is more than 2^62.
std::uint64_t messages_to_use_all(std::span<const double> shares, double alpha);

}  // namespace qslice::sim
