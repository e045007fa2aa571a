/// @file
/// Estimates from independent replications: a measure's mean with its confidence interval, and how
/// much of a run's beginning to leave out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace qslice::sim {

/// A mean with Student's confidence interval.
struct estimate {
    std::uint64_t count = 0;  ///< number of values that are not NaN
    double mean = std::numeric_limits<double>::quiet_NaN();
    double deviation =
        std::numeric_limits<double>::quiet_NaN();  ///< standard deviation of a single value
    double half_width = std::numeric_limits<double>::quiet_NaN();  ///< of the interval

    [[nodiscard]] double low() const { return mean - half_width; }
    [[nodiscard]] double high() const { return mean + half_width; }

    /// Half width relative to the mean; 0 if all values are equal.
    [[nodiscard]] double relative_precision() const;
};

/// The estimate from independent values; NaNs are left out.
///
/// The interval is exact for normally distributed values and approximate for means of many values.
/// @param confidence  probability that the interval contains the true mean, such as 0.95
[[nodiscard]] estimate estimate_mean(std::span<const double> values, double confidence);

/// The probability by chance of a mean at least this far from 0, by Student's test; 1 for fewer
/// than two values.
[[nodiscard]] double p_value_of(const estimate& e);

/// Which of several null hypotheses can be rejected together, so that with a probability of at most
/// `alpha` any true one is among them.
/// @source Holm, "A simple sequentially rejective multiple test procedure" (1979)
[[nodiscard]] std::vector<bool> rejected_by_holm(std::span<const double> p_values, double alpha);

/// The number of values at the beginning to leave out so that the mean of the rest has the smallest
/// marginal standard error (MSER-5: in batches of five, at most half of them).
/// @complexity linear
/// @source White, "An effective truncation heuristic for bias reduction in simulation output",
///         Simulation 69 (1997); White, Cobb and Spratt (2000)
[[nodiscard]] std::size_t warm_up_of(std::span<const double> values);

}  // namespace qslice::sim
