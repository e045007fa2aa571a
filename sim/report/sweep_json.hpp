/// @file
/// A sweep as JSON: each alternative's measures with their intervals, and the scenario and options
/// that reproduce it. docs/output.md describes the members.
#pragma once

#include "sim/study/sweep.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace qslice::sim {

/// @param base      the scenario on which the alternatives are based
/// @param settings  the settings of the sweep
[[nodiscard]] nlohmann::ordered_json sweep_json(const scenario& base,
                                                const sweep_settings& settings,
                                                const sweep_result& done);

/// The options that reproduce the sweep of the same scenario, as words of a command line.
[[nodiscard]] std::vector<std::string> options_of(const sweep_settings& settings);

}  // namespace qslice::sim
