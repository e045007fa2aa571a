/// @file
/// A plan for a latency goal, as text and JSON.
#pragma once

#include "sim/plan/slice_search.hpp"
#include "sim/text/terminal.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim {

/// The plan in words: what each runner needs and why, the results of the simulations, and what runs
/// where.
[[nodiscard]] std::string goal_text(const goal_plan& plan, const text_style& style);

/// The same with all simulated values.
[[nodiscard]] nlohmann::ordered_json goal_json(const goal_plan& plan);

/// "IncomingRunner 2, OutgoingRunner 3": only the numbers of slices.
[[nodiscard]] std::string slices_text(const goal_plan& plan);

}  // namespace qslice::sim
