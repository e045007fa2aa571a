/// @file
/// The goal of a search: a broken guarantee. The search checks it after each run, the shrinker for
/// each smaller run.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The counterexamples that a search looks for.
struct search_goal {
    /// A guarantee whose statement must be false for a run, whether or not its assumptions were
    /// met. Empty: any that the policy promises, with its assumptions met.
    std::string guarantee;
    /// Only if the earliest overtaking has this cause.
    std::optional<overtaking_cause> cause;
};

/// Whether a run's policy keeps a guarantee under its assumptions.
[[nodiscard]] bool promises(const run_record& run, std::string_view guarantee);

/// The first guarantee of a run that is broken in the sense of the goal.
[[nodiscard]] std::optional<guarantee_result> find_broken(
    const run_record& run, const std::vector<guarantee_result>& checked, const search_goal& goal);

}  // namespace qslice::sim
