/// @file
/// Explains a counterexample step by step: the guarantee, and what happened in which order.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <string>

namespace qslice::sim {

/// The guarantee, what broke it, and a time line of the affected posts: their arrival, their
/// entries, who took and finished these, deliveries and faults. Times count from the first post.
/// @param broken  the result of a check of this run
[[nodiscard]] std::string tell_story(const run_record& run, const guarantee_result& broken);

/// A scenario in one line: "2 machines, 3 posts, 1 fault".
[[nodiscard]] std::string size_of(const scenario& setting);

}  // namespace qslice::sim
