/// @file
/// A goal for the time that posts take: which queues it is about, and which figure of it.
/// The search for numbers of slices works towards one.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// "latency.p99 < 30s", taken apart.
struct time_goal {
    requirement wanted;
    std::vector<std::string> way;  ///< queues that the time is spent in, in their order
    std::string figure;            ///< "p99"
    double p = 0;                  ///< of the quantile; 0: the mean, 1: the longest
};

/// Reads a goal: latency.FIGURE, latency.archiving.FIGURE or wait.QUEUE.FIGURE, below a time.
/// FIGURE is mean, p50, p90, p95, p99, p999 or max.
/// @returns `malformed`, saying what was expected, for anything else
[[nodiscard]] result<time_goal> parse_time_goal(std::string_view text);

}  // namespace qslice::sim
