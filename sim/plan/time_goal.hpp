/// @file
/// A goal for the time that posts take: between which queues, and its figure. The search for
/// numbers of slices aims at one.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// "latency.p99 < 30s", parsed.
struct time_goal {
    requirement wanted;
    std::string from;    ///< the first queue in which the time is spent
    std::string to;      ///< and the last
    std::string figure;  ///< "p99"
    double p = 0;        ///< the quantile; 0: the mean, 1: the maximum
};

/// Reads a goal: latency.FIGURE, latency.archiving.FIGURE or wait.QUEUE.FIGURE, less than a time.
/// FIGURE is mean, p50, p90, p95, p99, p999 or max.
/// @returns `malformed`, stating what was expected, for anything else
[[nodiscard]] result<time_goal> parse_time_goal(std::string_view text);

}  // namespace qslice::sim
