/// @file
/// Runs all checks on a run's record. The command line and the reports call it; each check has its
/// own header in this folder.
#pragma once

#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Checks a run.
/// @complexity O(m log m) in the number of entries
/// @safety stateless; runs can be checked in parallel
run_results check_run(const run_record& run);

}  // namespace qslice::sim
