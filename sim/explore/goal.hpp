/// @file
/// What a search looks for: a guarantee that a run broke.
/// The search asks it after each run; the shrinker asks it whether a smaller run still shows it.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Which counterexamples a search looks for.
struct search_goal {
    /// A guarantee whose statement is to be untrue of a run, whether or not its assumptions were
    /// met. Empty: any that the policy promises, where its assumptions were met.
    std::string guarantee;
    /// Only where the earliest overtaking has this cause.
    std::optional<overtaking_cause> cause;
};

/// Whether a run's policy keeps a guarantee under its assumptions.
[[nodiscard]] bool promises(const run_record& run, std::string_view guarantee);

/// The first guarantee of a run that is broken in the sense of the goal.
[[nodiscard]] std::optional<guarantee_result> find_broken(
    const run_record& run, const std::vector<guarantee_result>& checked, const search_goal& goal);

}  // namespace qslice::sim
