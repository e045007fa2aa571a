/// @file
/// Findings from a site's history: slices that no machine or two machines served, gaps, restarts,
/// errors and a split that chance does not explain. diagnose_logs() calls it.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/logs_diagnosis.hpp"

#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// @param d  complete except for its findings
std::vector<finding> history_findings(const logs_diagnosis& d, const logs_options& options);

/// Whether chance explains the split of the deliveries, in one or two sentences.
std::string split_sentence(const observed_split& split, const logs_options& options);

}  // namespace qslice::sim::diagnosis
