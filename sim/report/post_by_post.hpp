/// @file
/// A small run post by post, like watching a few test messages on a real site. The console report
/// and JSON use it for few posts.
#pragma once

#include "sim/check/explain.hpp"
#include "sim/check/run_results.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The maximum number of posts for this report.
inline constexpr std::size_t posts_told = 20;

/// Posts without a pause of five minutes between them, and who delivered them.
struct post_batch {
    std::size_t from = 0;
    std::size_t to = 0;               ///< the first post after it
    std::vector<std::uint64_t> seen;  ///< first deliveries by machine, as in delivery_split
    /// Whether chance explains it; empty for one machine, or if the policy keeps posts together.
    std::optional<split_explanation> explained;
};

/// @returns none for a run with more posts than posts_told
[[nodiscard]] std::vector<post_batch> batches_of(const run_record& run, const run_results& results);

/// Which machine delivered which post; and, for each batch of posts without a pause of five
/// minutes, whether its split over the machines is consistent with chance.
/// @returns lines of text; empty for a run with more posts than posts_told
[[nodiscard]] std::string post_by_post(const run_record& run, const run_results& results);

}  // namespace qslice::sim
