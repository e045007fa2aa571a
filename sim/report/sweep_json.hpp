/// @file
/// A sweep as JSON: each alternative's measures with their intervals, and the scenario and options
/// that repeat it. docs/output.md describes the members.
#pragma once

#include "sim/study/sweep.hpp"

#include <nlohmann/json.hpp>

namespace qslice::sim {

/// @param base      the scenario that the alternatives come from
/// @param settings  those that the sweep was made with
[[nodiscard]] nlohmann::ordered_json sweep_json(const scenario& base,
                                                const sweep_settings& settings,
                                                const sweep_result& done);

}  // namespace qslice::sim
