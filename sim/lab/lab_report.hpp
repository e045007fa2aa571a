/// @file
/// The lab's measurements, as tables for people and as JSON for programs. The subcommand `lab`
/// prints it.
#pragma once

#include "sim/lab/hash_quality.hpp"
#include "sim/lab/measure_policies.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace qslice::sim {

/// A table per number of slices, with the policies on the frontier marked, and the meaning of the
/// columns. Times and memory only if measured.
[[nodiscard]] std::string lab_text(const lab_choice& choice, const lab_results& results,
                                   const std::string& source);

/// All figures; null if not measured.
[[nodiscard]] nlohmann::ordered_json lab_json(const lab_choice& choice, const lab_results& results,
                                              const std::string& source);

/// A table of tests per function, and a sentence on each.
[[nodiscard]] std::string quality_text(const std::vector<hash_quality>& functions);

[[nodiscard]] nlohmann::ordered_json quality_json(const std::vector<hash_quality>& functions);

}  // namespace qslice::sim
