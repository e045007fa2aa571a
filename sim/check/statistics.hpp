/// @file
/// Figures of samples: mean, spread, percentiles, confidence intervals, and exact inversions. Every
/// check uses it; split_statistics.hpp adds statistics of counts in categories.
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
    double variance =
        not_measured;  ///< sample variance (divided by count - 1); not measured for a single value

    [[nodiscard]] double deviation() const;
};

/// @complexity linear, in two passes, so that a large mean does not cancel the variance
sample_summary summarize(std::span<const double> values);

/// Coefficient of variation of a whole population (variance divided by its size).
/// @returns not_measured without values or if their mean is 0
double coefficient_of_variation(std::span<const double> values);

/// The p-quantile of sorted values, interpolated between neighbours.
/// @param p  0 to 1
/// @returns not_measured without values
/// @source Hyndman and Fan, "Sample Quantiles in Statistical Packages", type 7 (as R and NumPy)
double quantile_of_sorted(std::span<const double> sorted, double p);

/// A confidence interval.
struct confidence_interval {
    double low = not_measured;
    double high = not_measured;
};

/// For a probability, from `hits` in `trials`.
/// @source E. Wilson, 1927: the score interval, which stays within 0 to 1
confidence_interval confidence_of_share(std::uint64_t hits, std::uint64_t trials, double level);

/// All figures of a sample of times.
/// @param seconds  in any order
time_distribution distribution_of(std::string name, std::vector<double> seconds);

/// An item that entered at one time and left at another.
struct passage {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

/// How well passages kept their order. One overtakes another if it entered later and left earlier;
/// equal times count as in order.
struct order_statistics {
    std::uint64_t inversions = 0;   ///< pairs in which one overtook the other
    std::uint64_t overtaken = 0;    ///< passages overtaken by at least one other
    std::uint64_t most_places = 0;  ///< maximum number of overtakers of one
    std::int64_t most_gap = 0;      ///< maximum time between the entries of one and its overtaker

    /// The earliest overtaking by the time at which it became observable (the overtaker's exit), as
    /// indices of the passages. Of several overtaken ones, the first that entered. Equal indices:
    /// none.
    std::size_t earliest = 0;
    std::size_t earliest_overtaker = 0;
};

/// @param by_place  if given, set to each passage's number of overtakers
/// @complexity O(m log m)
order_statistics count_inversions(std::span<const passage> passages,
                                  std::vector<std::uint64_t>* by_place = nullptr);

}  // namespace qslice::sim
