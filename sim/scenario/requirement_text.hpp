/// @file
/// Requirements as they are written: "fifo.list.inversions = 0", "latency.p99 < 30s".
/// The scenario reader and the option --require use it.
#pragma once

#include "sim/model/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string_view>

namespace qslice::sim {

/// Reads MEASURE RELATION VALUE.
///
/// RELATION is =, !=, <, <=, > or >=; VALUE a number, a time ("30s") or a share ("99%").
/// Whether there is such a measure is not looked at.
/// @returns the requirement; `malformed`, saying what was expected
[[nodiscard]] result<requirement> parse_requirement(std::string_view text);

/// The relation as it is written: "<=".
[[nodiscard]] std::string_view to_string(requirement::relation is);

}  // namespace qslice::sim
