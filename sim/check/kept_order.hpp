/// @file
/// What a policy needs to keep the order of the posts of a list, sender or thread from end to end,
/// and what of that a run's scenario lacks. See docs/guarantees.md.
#pragma once

#include "sim/check/order_view.hpp"
#include "sim/record/run_record.hpp"

#include <string>
#include <vector>

namespace qslice::sim {

/// @param scope  list, sender or thread
/// @returns the settings that are missing, as in a scenario: `order = "strict"`; empty: the policy
///          keeps that order
[[nodiscard]] std::vector<std::string> missing_for_order(const run_record& run, order_scope scope);

}  // namespace qslice::sim
