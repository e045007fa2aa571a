/// @file
/// A run's report for the terminal: how the hash divided the work, which machine delivered, in what
/// order, the fate of every post, times, guarantees, requirements and the verdict.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/text/output.hpp"
#include "sim/text/terminal.hpp"

namespace qslice::sim {

/// Writes the whole report, at most 100 columns wide.
void print_report(output& out, const run_record& run, const run_results& results,
                  const text_style& style);

/// Writes the unmet requirements and the verdict.
void print_verdict(output& out, const run_results& results, const text_style& style);

}  // namespace qslice::sim
