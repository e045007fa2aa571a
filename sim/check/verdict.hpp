/// @file
/// The verdict on a run in one sentence, for the administrator who asks whether something is wrong.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Sets `fault`, `verdict` and `remarks` from the other results.
///
/// Problems, most severe first: a lost post or digest; an entry that no runner will take; a post
/// that is shunted or preserved; a machine that should deliver but does not, beyond chance; a split
/// that is not due to chance; a post delivered or archived twice although nothing crashed; an unmet
/// requirement; a post that is still queued. So "No problem found" says that every accepted post
/// came out, or is held or discarded on purpose. Overtaking is normal for Mailman and a problem
/// only if a scenario requires order.
void judge(const run_index& index, run_results& results);

}  // namespace qslice::sim
