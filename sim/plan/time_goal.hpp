/// @file
/// A goal for the time that posts take: its queues and its figure. The search for numbers of slices
/// aims at one.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// "latency.p99 < 30s", parsed.
struct time_goal {
    requirement wanted;
    std::vector<std::string> way;  ///< queues in which the time is spent, in order
    std::string figure;            ///< "p99"
    double p = 0;                  ///< the quantile; 0: the mean, 1: the maximum
};

/// Reads a goal: latency.FIGURE, latency.archiving.FIGURE or wait.QUEUE.FIGURE, less than a time.
/// FIGURE is mean, p50, p90, p95, p99, p999 or max.
/// @returns `malformed`, stating what was expected, for anything else
[[nodiscard]] result<time_goal> parse_time_goal(std::string_view text);

}  // namespace qslice::sim
