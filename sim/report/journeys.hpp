/// @file
/// The ways of some posts through the queues, as part of a run's JSON: those that something
/// happened to, and a sample of the others. The HTML report draws them as time lines.
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
    std::string why;  ///< "overtaken, or overtaking", "among the slowest", ...
};

/// Posts that are worth a look, each once with the first reason that fits, at most so many of a
/// reason that others find room too; then posts evenly chosen from the rest.
/// @returns at most `most` posts, by reason; a function of the run alone
[[nodiscard]] std::vector<chosen_post> choose_posts(const run_record& run,
                                                    const run_results& results, std::size_t most);

/// The chosen posts' entries and effects, in the order of time.
[[nodiscard]] nlohmann::ordered_json journeys_json(const run_record& run,
                                                   const run_results& results);

}  // namespace qslice::sim
