/// @file
/// The end of a run in one sentence, for the administrator who asked whether something is wrong.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Sets `fault`, `verdict` and `remarks` from the other results.
///
/// What is a fault, by weight: a lost post or digest; an entry that no runner will take; a
/// machine that should deliver and, beyond chance, does not; a split that is not chance; a post
/// that came twice although nothing crashed; a requirement that is not met. That posts overtake
/// one another is Mailman's way and a fault only where a scenario requires order.
void judge(const run_index& index, run_results& results);

}  // namespace qslice::sim
