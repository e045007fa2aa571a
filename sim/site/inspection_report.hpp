/// @file
/// Prints an inspection as text for a terminal and as JSON for programs.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/inspection.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// Tables of the queues and slices, and what needs attention.
/// @param brief  only the findings and the verdict
std::string to_text(const inspection& seen, bool brief = false);

/// The same as JSON; times in seconds since the epoch, ages in seconds, sizes in bytes.
nlohmann::ordered_json to_json(const inspection& seen);

/// "What needs attention" and "Notes" with what to do about each, then a verdict in one line.
std::string findings_text(const std::vector<finding>& findings);

nlohmann::ordered_json to_json(const std::vector<finding>& findings);

}  // namespace qslice::sim::diagnosis
