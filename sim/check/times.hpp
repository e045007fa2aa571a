/// @file
/// How long posts took and how busy runners were.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <vector>

namespace qslice::sim {

/// "delivery" and "archiving", from acceptance to the first effect, then "wait.QUEUE", from an
/// entry's enqueue until it is first taken. Posts and entries that did not get that far are
/// excluded.
std::vector<time_distribution> measure_times(const run_index& index);

/// One per runner and machine, in order of first start.
std::vector<process_result> measure_processes(const run_record& run);

/// Posts completed per second, from the first post's arrival to the last effect.
double measure_throughput(const run_record& run, const conservation_result& conserved);

}  // namespace qslice::sim
