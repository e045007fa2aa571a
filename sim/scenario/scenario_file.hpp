/// @file
/// Scenarios as TOML files: read with precise errors and their locations, and written so that
/// reading gives the same scenario.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Reads a scenario from a file. Paths in it are relative to its directory.
/// @returns the scenario; the file's first error, with FILE:LINE:COLUMN as location
[[nodiscard]] result<scenario> read_scenario(const std::string& path);

/// Reads a scenario from a string.
/// @param name  for errors, and the scenario's name if it does not have one
[[nodiscard]] result<scenario> parse_scenario(std::string_view text, std::string_view name);

/// Writes what differs from the defaults.
/// @returns TOML from which parse_scenario reads the same scenario
[[nodiscard]] std::string write_scenario(const scenario& s);

/// Called with each error of a scenario.
/// @param path  "machine[1].runners[0]", "policy.partition"
using scenario_problem = std::function<void(const std::string& path, std::string what)>;

/// Whether a stream may have posts of a list: true for a stream from a file, which is not read.
[[nodiscard]] bool has_posts_of(const stream_choice& stream, const std::string& list);

/// Finds values that are individually valid but contradict each other: a slice that the partition
/// does not have, a fault on an unknown machine.
void find_contradictions(const scenario& s, const scenario_problem& report);

/// The same for a scenario that is not from a file.
/// @returns the first contradiction, with the scenario's name and the path as location
[[nodiscard]] result<void> check_scenario(const scenario& s);

}  // namespace qslice::sim
