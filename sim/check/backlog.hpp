/// @file
/// How many entries waited in a queue, over time. The balance shows its mean and maximum per slice,
/// reports its course over time.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// An entry waits from its enqueue until a runner takes it.
struct backlog_level {
    double mean = 0;  ///< time average over the run
    std::uint64_t most = 0;
};

/// One per slice.
/// @complexity O(m log m) in the number of the queue's entries
std::vector<backlog_level> backlog_levels(const run_record& run, std::uint32_t queue,
                                          std::size_t slices);

/// The course of the whole queue and, for up to 16 slices, of each slice.
/// @param points  number of intervals of the run
std::vector<backlog_series> backlog_courses(const run_record& run, std::uint32_t queue,
                                            std::size_t slices, std::size_t points = 500);

}  // namespace qslice::sim
