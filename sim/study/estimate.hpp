/// @file
/// What independent replications say of a measure: its mean and how far off that may be; and how
/// much of a run's beginning to leave out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace qslice::sim {

/// A mean with Student's confidence interval.
struct estimate {
    std::uint64_t count = 0;  ///< of values that are numbers
    double mean = std::numeric_limits<double>::quiet_NaN();
    double deviation = std::numeric_limits<double>::quiet_NaN();   ///< of one value
    double half_width = std::numeric_limits<double>::quiet_NaN();  ///< of the interval

    [[nodiscard]] double low() const { return mean - half_width; }
    [[nodiscard]] double high() const { return mean + half_width; }

    /// Half width relative to the mean; 0 where all values are the same.
    [[nodiscard]] double relative_precision() const;
};

/// The estimate from independent values; what is not a number is left out.
///
/// The interval is exact for normal values and close for means of many.
/// @param confidence  of the interval to hold the true mean, 0.95
[[nodiscard]] estimate estimate_mean(std::span<const double> values, double confidence);

/// How many values at the beginning to leave out, so that the mean of the rest has the smallest
/// marginal standard error (MSER-5: in batches of five, at most half of them).
/// @complexity linear
/// @source White, "An effective truncation heuristic for bias reduction in simulation output",
///         Simulation 69 (1997); White, Cobb and Spratt (2000)
[[nodiscard]] std::size_t warm_up_of(std::span<const double> values);

}  // namespace qslice::sim
