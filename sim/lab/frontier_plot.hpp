/// @file
/// Draws order against balance as an SVG: what each policy gives of both, and the frontier that
/// none passes. Self-contained, readable without colours, in light and in dark surroundings.
#pragma once

#include "sim/lab/measure_policies.hpp"

#include <cstdint>
#include <string>

namespace qslice::sim {

/// The plot of the rows with so many slices, as the text of an SVG file.
///
/// To the right: the fullest slice's load over the mean. Upwards: the share of posts that a later
/// one of their list overtook. So the best is at the lower left. Each point has a number, which a
/// list beside the plot resolves, with its figures; points on the frontier are filled, others are
/// hollow.
/// @returns a plot that says so when no row of these slices was simulated
[[nodiscard]] std::string frontier_svg(const lab_results& results, std::uint64_t slices);

}  // namespace qslice::sim
