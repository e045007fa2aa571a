/// @file
/// Tells a counterexample so that a person can follow it: what was promised, what happened and in
/// which order.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <string>

namespace qslice::sim {

/// The guarantee, what broke it, and a time line of the posts that it is about: when they came,
/// which entries they became, who took and finished these, what was delivered, which faults
/// struck. Times count from the first post.
/// @param broken  of a check of this run
[[nodiscard]] std::string tell_story(const run_record& run, const guarantee_result& broken);

/// A scenario in one line: "2 machines, 3 posts, 1 fault".
[[nodiscard]] std::string size_of(const scenario& setting);

}  // namespace qslice::sim
