/// @file
/// All checks of a run at once: from what happened to what is to be said about it.
/// The command line and the reports call it; each check has a header of its own beside it.
#pragma once

#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Checks a run.
/// @complexity O(m log m) in the number of entries
/// @safety no state; runs can be checked in parallel
run_results check_run(const run_record& run);

}  // namespace qslice::sim
