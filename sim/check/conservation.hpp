/// @file
/// Where every post of a run is at the end: nothing may vanish, nothing may come twice.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Accounts for every post and digest.
///
/// A post's deliveries are complete when they reached as many recipients as it should have, or
/// when what is missing went on as an entry of bounces/. What is incomplete is looked for among
/// its entries; where none is left, the post is lost. Which recipients a delivery reached is not
/// recorded, so one that fails for good hides one that is reached twice.
/// @complexity linear in the record
conservation_result check_conservation(const run_index& index);

}  // namespace qslice::sim
