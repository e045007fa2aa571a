/// @file
/// Requirements as they are written: "fifo.list.inversions = 0", "latency.p99 < 30s".
/// The scenario reader and the option --require use it.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Reads MEASURE RELATION VALUE.
///
/// RELATION is =, !=, <, <=, > or >=; VALUE a number, a time ("30s") or a share ("99%").
/// Whether there is such a measure is not looked at.
/// @returns the requirement; `malformed`, saying what was expected
[[nodiscard]] result<requirement> parse_requirement(std::string_view text);

/// Adds what --require asks for to a scenario's requirements.
/// @returns `malformed` or `not_found` for the first one that is wrong, with "--require" as where
[[nodiscard]] result<void> add_requirements(scenario& s, const std::vector<std::string>& texts);

/// The relation as it is written: "<=".
[[nodiscard]] std::string_view to_string(requirement::relation is);

}  // namespace qslice::sim
