/// @file
/// Requirements as text: "fifo.list.inversions = 0", "latency.p99 < 30s". The scenario reader and
/// the option --require use it.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Reads MEASURE RELATION VALUE.
///
/// RELATION is =, !=, <, <=, > or >=; VALUE a number, a time ("30s") or a share ("99%"). Whether
/// the measure exists is not checked.
/// @returns the requirement; `malformed`, stating what was expected
[[nodiscard]] result<requirement> parse_requirement(std::string_view text);

/// Adds the requirements of --require to a scenario's.
/// @returns `malformed` or `not_found` for the first invalid one, with "--require" as location
[[nodiscard]] result<void> add_requirements(scenario& s, const std::vector<std::string>& texts);

}  // namespace qslice::sim
