/// @file
/// The verdict on a run in one sentence, for the administrator who asks whether something is wrong.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

namespace qslice::sim {

/// Whether the results show a problem; asked before there are requirements, which may be about it.
[[nodiscard]] bool has_problem(const run_index& index, const run_results& results);

/// Sets `fault`, `verdict` and `remarks` from the other results.
///
/// Problems, most severe first: a lost post or digest; an entry that no runner will take; a post
/// that is shunted or preserved; a machine that should deliver but does not, beyond chance; a split
/// that is not due to chance; a post delivered or archived twice although nothing crashed; an entry
/// of a complete post that is still in hand, so that its work will be repeated; an unmet
/// requirement; a guarantee that is broken although the policy makes it and its assumptions hold;
/// a runner that the deployment file did not let run; a post or digest that is still queued; a post
/// that the site could not accept. So "No problem
/// found" says that every post was accepted and came out, or is held or discarded on purpose.
/// Overtaking is normal for Mailman and a problem only if the policy or a scenario promises order.
void judge(const run_index& index, run_results& results);

}  // namespace qslice::sim
