/// @file
/// A small run told post by post, as one would watch a few test messages on a real site.
/// The console report uses it where there are few enough posts.
#pragma once

#include "sim/check/run_results.hpp"

#include <cstddef>
#include <string>

namespace qslice::sim {

/// Runs with at most so many posts are told.
inline constexpr std::size_t posts_told = 20;

/// Which machine delivered which post; and, for each batch of posts that came without a pause of
/// five minutes, whether chance splits so many over the machines like this.
/// @returns lines of text; nothing for a run with more posts than posts_told
[[nodiscard]] std::string post_by_post(const run_record& run, const run_results& results);

}  // namespace qslice::sim
