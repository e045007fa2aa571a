/// @file
/// What follows from a site's history: slices that nobody or two machines served, gaps, restarts,
/// troubles and a split that chance does not explain. diagnose_logs() calls it.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/logs_diagnosis.hpp"

#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// @param d  with everything but its findings
std::vector<finding> history_findings(const logs_diagnosis& d, const logs_options& options);

/// Whether chance explains the split of the deliveries, in one sentence or two.
std::string split_sentence(const observed_split& split, const logs_options& options);

}  // namespace qslice::sim::diagnosis
