/// @file
/// A run as JSON: everything that the checks found, with the scenario that repeats it.
/// docs/output.md describes the members.
#pragma once

#include "sim/check/run_results.hpp"

#include <nlohmann/json.hpp>

namespace qslice::sim {

/// The whole of a run's results. Members keep their order, and what was not measured is null,
/// so that equal runs give equal bytes.
[[nodiscard]] nlohmann::ordered_json run_json(const run_record& run, const run_results& results);

}  // namespace qslice::sim
