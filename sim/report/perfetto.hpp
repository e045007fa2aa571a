/// @file
/// A run as a trace for https://ui.perfetto.dev and chrome://tracing: machines as processes,
/// runners as threads, entries in hand, the ways of posts, backlogs and faults. `run --perfetto`
/// writes it.
#pragma once

#include "sim/record/run_record.hpp"

#include <qslice/core/result.hpp>

#include <string>

namespace qslice::sim {

/// Writes a run in the JSON form of the Trace Event Format. Times are in microseconds since the
/// run's start.
///
/// - each machine is a process, each of its runners a thread; a restarted runner is the same thread
/// - an entry in hand is a complete event ("X") of its runner, from its taking to its end
/// - a post is a flow ("s", "t", "f") through the events of its entries, in the order in which they
///   were taken
/// - a queue's backlog is a counter ("C") with a series for each slice
/// - a fault is an instant event ("i"), of its machine or of all
/// @returns `io` if the file cannot be written
/// @complexity O(m log m) for m entries; some 700 bytes of the file per entry
/// @source "Trace Event Format", Google, 2016
[[nodiscard]] result<void> write_perfetto(const std::string& path, const run_record& run);

}  // namespace qslice::sim
