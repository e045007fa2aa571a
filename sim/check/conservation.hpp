/// @file
/// Accounts for every post at the end of a run: nothing may be lost or delivered twice.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Accounts for every post and digest.
///
/// Deliveries are complete if each recipient was reached, or noted not to take mail. Otherwise the
/// entries decide that remain for the others; if there are none for one of them, the post or digest
/// is lost. In a record of a real site, which does not name recipients, an entry of bounces/ stands
/// for all that were not reached.
/// @complexity linear in the record
conservation_result check_conservation(const run_index& index);

}  // namespace qslice::sim
