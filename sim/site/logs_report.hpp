/// @file
/// The diagnosis of a site's logs as text for a terminal and as JSON for programs.
#pragma once

#include "sim/site/logs_diagnosis.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim::diagnosis {

/// Tables of machines and slices with a picture of when each slice was served, the split of the
/// deliveries, lines that could not be parsed, and what needs attention.
/// @param zoned  times are UTC; otherwise they are as in the logs
/// @param brief  only the findings and the verdict
std::string to_text(const logs_diagnosis& d, const logs_options& options, bool zoned,
                    bool brief = false);

/// The same as JSON; times in seconds since the epoch.
nlohmann::ordered_json to_json(const logs_diagnosis& d, const logs_options& options);

}  // namespace qslice::sim::diagnosis
