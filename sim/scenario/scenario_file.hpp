/// @file
/// Scenarios as TOML files: read with errors that say where and what, written so that they read
/// back to the same scenario.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Reads a scenario from a file. The paths in it are relative to its directory.
/// @returns the scenario; the file's first problem, with FILE:LINE:COLUMN as its place
[[nodiscard]] result<scenario> read_scenario(const std::string& path);

/// Reads a scenario from text.
/// @param name  for errors, and as the scenario's name if the text gives it none
[[nodiscard]] result<scenario> parse_scenario(std::string_view text, std::string_view name);

/// Writes what differs from the defaults.
/// @returns TOML that parse_scenario reads to the same scenario
[[nodiscard]] std::string write_scenario(const scenario& s);

/// Is told what is wrong with a scenario.
/// @param path  "machine[1].runners[0]", "policy.partition"
using scenario_problem = std::function<void(const std::string& path, std::string what)>;

/// Looks for values that each may be right and together are not: a slice that its partition does
/// not have, a fault on a machine that there is not.
void find_contradictions(const scenario& s, const scenario_problem& report);

/// The same for a scenario that does not come from a file.
/// @returns the first contradiction, with the scenario's name and the path as its place
[[nodiscard]] result<void> check_scenario(const scenario& s);

}  // namespace qslice::sim
