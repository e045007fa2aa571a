/// @file
/// How many entries waited in a queue, over time.
/// Balance shows its average and maximum for each slice, reports its course.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// An entry waits from its enqueue until a runner takes it.
struct backlog_level {
    double mean = 0;  ///< over the time of the run
    std::uint64_t most = 0;
};

/// One for each slice.
/// @complexity O(m log m) in the number of the queue's entries
std::vector<backlog_level> backlog_levels(const run_record& run, std::uint32_t queue,
                                          std::size_t slices);

/// The whole queue's course and, up to 16 slices, that of each.
/// @param points  into which the run's time is cut
std::vector<backlog_series> backlog_courses(const run_record& run, std::uint32_t queue,
                                            std::size_t slices, std::size_t points = 500);

}  // namespace qslice::sim
