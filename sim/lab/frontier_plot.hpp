/// @file
/// Draws order against balance as an SVG: both figures of each policy, and the Pareto frontier.
/// Self-contained, readable without colours, for light and dark backgrounds.
#pragma once

#include "sim/lab/measure_policies.hpp"

#include <cstdint>
#include <string>

namespace qslice::sim {

/// The plot of the rows with this number of slices, as the text of an SVG file.
///
/// Horizontal: the fullest slice's load over the mean. Vertical: the share of posts overtaken by a
/// later one of their list. The best is at the lower left. Each point has a number, explained in a
/// list beside the plot with its figures; points on the frontier are filled, others hollow.
/// @returns a plot that says so if no row with this number of slices was simulated
[[nodiscard]] std::string frontier_svg(const lab_results& results, std::uint64_t slices);

}  // namespace qslice::sim
