/// @file
/// A run as JSON: all results, with the scenario that reproduces it. docs/output.md describes the
/// members.
#pragma once

#include "sim/check/run_results.hpp"

#include <nlohmann/json.hpp>

namespace qslice::sim {

/// One kind of effect that a site's own services report.
[[nodiscard]] nlohmann::ordered_json effect_json(const effect_result& e);

/// All results of a run. Members keep their order, and values not measured are null, so that equal
/// runs give equal bytes.
[[nodiscard]] nlohmann::ordered_json run_json(const run_record& run, const run_results& results);

}  // namespace qslice::sim
