/// @file
/// The paths of some posts through the queues, as part of a run's JSON: those with incidents,
/// and a sample of the others. The HTML report draws them as time lines.
#pragma once

#include "sim/check/run_results.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// A post and why it was chosen.
struct chosen_post {
    std::uint32_t post = none;
    std::string why;  ///< "overtaken or overtaking", "among the slowest", ...
};

/// Interesting posts, each once with the first applicable reason, limited per reason so that all
/// reasons have room; then posts evenly sampled from the rest.
/// @returns at most `most` posts, by reason; depends only on the run
[[nodiscard]] std::vector<chosen_post> choose_posts(const run_record& run,
                                                    const run_results& results, std::size_t most);

/// The chosen posts' entries and effects, sorted by time.
[[nodiscard]] nlohmann::ordered_json journeys_json(const run_record& run,
                                                   const run_results& results);

/// All posts of a run in short, for the page's search: per post its list and sender, its times
/// since the start, and who delivered it. Null for more than most_searched posts.
inline constexpr std::size_t most_searched = 50'000;
[[nodiscard]] nlohmann::ordered_json all_posts_json(const run_record& run);

}  // namespace qslice::sim
