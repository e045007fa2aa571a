/// @file
/// Figures of samples: mean, spread, percentiles, confidence intervals, and exact inversions.
/// Every check stands on it; split_statistics.hpp adds what is known of counts in categories.
#pragma once

#include "sim/check/run_results.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qslice::sim {

/// Mean and spread of a sample.
struct sample_summary {
    std::uint64_t count = 0;
    double mean = not_measured;
    double variance = not_measured;  ///< divided by count - 1; not measured for one value

    [[nodiscard]] double deviation() const;
};

/// @complexity linear, in two passes, so that a large mean does not drown the variance
sample_summary summarize(std::span<const double> values);

/// Standard deviation over mean of a whole population (divided by its size).
/// @returns not_measured where there are no values or their mean is 0
double coefficient_of_variation(std::span<const double> values);

/// The p-quantile of sorted values, interpolated between neighbours.
/// @param p  0 to 1
/// @returns not_measured where there are none
/// @source Hyndman and Fan, "Sample Quantiles in Statistical Packages", type 7 (as R and NumPy)
double quantile_of_sorted(std::span<const double> sorted, double p);

/// An interval that covers the true value with a given probability.
struct confidence_interval {
    double low = not_measured;
    double high = not_measured;
};

/// Of a mean, by Student's distribution.
/// @param level  0.95 for 95%
/// @returns not_measured ends for fewer than two values
confidence_interval confidence_of_mean(const sample_summary& sample, double level);

/// Of a probability that was met `hits` times in `trials`.
/// @source E. Wilson, 1927: the score interval, which stays within 0 and 1
confidence_interval confidence_of_share(std::uint64_t hits, std::uint64_t trials, double level);

/// All figures of a sample of times.
/// @param seconds  in any order
time_distribution distribution_of(std::string name, std::vector<double> seconds);

/// Something that came in at one moment and went out at another.
struct passage {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

/// How much passages kept their order. One overtakes another when it came in later and went out
/// earlier; equal moments are in order either way.
struct order_statistics {
    std::uint64_t inversions = 0;   ///< pairs, of which one overtook the other
    std::uint64_t overtaken = 0;    ///< passages that at least one other overtook
    std::uint64_t most_places = 0;  ///< the most that overtook one
    std::int64_t most_gap = 0;      ///< longest time between the coming of one and its overtaker

    /// The earliest overtaking, by the moment at which it could first be seen (the overtaker's
    /// going out), as indices of the passages. Of those that it then overtook it is the one
    /// that came first. Equal: there is none.
    std::size_t earliest = 0;
    std::size_t earliest_overtaker = 0;
};

/// @param by_place  when given, becomes each passage's number of overtakers
/// @complexity O(m log m)
order_statistics count_inversions(std::span<const passage> passages,
                                  std::vector<std::uint64_t>* by_place = nullptr);

}  // namespace qslice::sim
