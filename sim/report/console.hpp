/// @file
/// A run for people at a terminal: how the hash divided the work, who delivered, in what order,
/// what became of every post, how long it took, what is promised and required, and the verdict.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/text/output.hpp"
#include "sim/text/terminal.hpp"

namespace qslice::sim {

/// Writes the whole report, at most 100 columns wide.
void print_report(output& out, const run_record& run, const run_results& results,
                  const text_style& style);

/// Writes the requirements that are not met, and the verdict.
void print_verdict(output& out, const run_results& results, const text_style& style);

}  // namespace qslice::sim
