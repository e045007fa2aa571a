/// @file
/// A plan for a latency goal, as text and JSON.
#pragma once

#include "sim/plan/slice_search.hpp"
#include "sim/text/terminal.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim {

/// The plan in words: what each runner needs and why, how the simulations came out, what runs
/// where.
[[nodiscard]] std::string goal_text(const goal_plan& plan, const text_style& style);

/// The same with every simulated value.
[[nodiscard]] nlohmann::ordered_json goal_json(const goal_plan& plan);

/// "IncomingRunner 2, OutgoingRunner 3": the numbers of slices alone.
[[nodiscard]] std::string slices_text(const goal_plan& plan);

}  // namespace qslice::sim
