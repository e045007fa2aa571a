/// @file
/// Accounts for every post at the end of a run: nothing may be lost or delivered twice.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Accounts for every post and digest.
///
/// A post's deliveries are complete if they reached as many recipients as it should have, or if the
/// rest became an entry of bounces/. Otherwise its remaining entries decide; without any the post
/// is lost. The recipients of a delivery are not recorded, so a recipient that fails permanently
/// hides one that is reached twice.
/// @complexity linear in the record
conservation_result check_conservation(const run_index& index);

}  // namespace qslice::sim
