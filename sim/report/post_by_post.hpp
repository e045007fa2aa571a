/// @file
/// A small run post by post, like watching a few test messages on a real site. The console report
/// uses it for few posts.
#pragma once

#include "sim/check/run_results.hpp"

#include <cstddef>
#include <string>

namespace qslice::sim {

/// The maximum number of posts for this report.
inline constexpr std::size_t posts_told = 20;

/// Which machine delivered which post; and, for each batch of posts without a pause of five
/// minutes, whether its split over the machines is consistent with chance.
/// @returns lines of text; empty for a run with more posts than posts_told
[[nodiscard]] std::string post_by_post(const run_record& run, const run_results& results);

}  // namespace qslice::sim
