/// @file
/// The runs of runners' processes on a machine, as its logs show them, and which slice each one
/// served as far as that follows. site_history.hpp merges them with everything else.
#pragma once

#include "sim/record/scenario.hpp"
#include "sim/site/log_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// Seconds since the epoch, or in local time if no time zone was given.
using log_time = double;

/// How the slice of a runner was determined.
enum class slice_source {
    unknown,
    exit_entry,   ///< the master logged it when the runner ended
    named,        ///< Mailman 3 logged it at level debug
    restart,      ///< the master had just restarted that slice
    told,         ///< stated by the user
    as_before,    ///< the machine's runners of that name served no other slice
    start_order,  ///< as many were started together as there are slices; masters start them in
                  ///< order
};

/// One run of one runner's process.
struct runner_run {
    std::size_t machine = 0;
    std::string runner;  ///< "IncomingRunner", or Mailman 3's "in"
    std::uint64_t pid = 0;
    std::optional<std::uint64_t> slice;  ///< from 0
    std::uint64_t slices = 0;            ///< 0: not known
    slice_source source = slice_source::unknown;
    std::optional<log_time> started;  ///< empty: before the logs begin
    std::optional<log_time> ended;    ///< empty: still running when the logs end
    log_time seen_first = 0;          ///< its first and last entry in any log
    log_time seen_last = 0;
    bool vanished = false;   ///< it ended without a log entry, at seen_last or later
    bool restarted = false;  ///< the master started another in its place
    bool asked = false;      ///< it was told to stop, by SIGINT, SIGTERM or SIGUSR1
    std::optional<std::int64_t> signal;
    std::optional<std::int64_t> status;
    std::uint64_t deliveries = 0;

    /// When it ran, as far as known, within a window.
    [[nodiscard]] std::pair<log_time, log_time> within(log_time from, log_time to) const {
        return {std::max(started.value_or(from), from), std::min(ended.value_or(to), to)};
    }
};

/// An entry about a process.
struct process_entry {
    log_time time = 0;
    std::uint64_t pid = 0;  ///< of the writer
    log_event event;
};

/// When each process of a machine wrote to a log: periods without a longer silence within them.
class process_sightings {
public:
    void add(std::uint64_t pid, log_time time);

    /// The first and last entry of the process within a period.
    [[nodiscard]] std::optional<std::pair<log_time, log_time>> within(std::uint64_t pid,
                                                                      log_time from,
                                                                      log_time to) const;

private:
    std::map<std::uint64_t, std::vector<std::pair<log_time, log_time>>> periods_;
};

/// A process that sent mail.
struct sending_process {
    std::uint64_t pid = 0;
    log_time first = 0;
    log_time last = 0;
};

/// What is known of one machine's processes.
struct machine_processes {
    std::size_t machine = 0;
    std::vector<process_entry> entries;  ///< in order of time
    process_sightings sightings;
    std::vector<sending_process> senders;
    std::vector<runner_choice> told;          ///< what runs now, as the user states
    log_time to = 0;                          ///< the end of the logs
    std::string outgoing = "OutgoingRunner";  ///< what its runner of out/ is called
};

/// Two masters whose runners ran at the same time.
struct second_master {
    std::size_t machine = 0;
    log_time started = 0;  ///< of the second
    std::string runner;    ///< of the first, that went on
    std::uint64_t pid = 0;
    log_time seen = 0;  ///< its last entry
};

struct traced_runs {
    std::vector<runner_run> runs;  ///< in the order of their first entry
    std::vector<second_master> second_masters;
};

/// Follows the processes through the entries, and infers their slices.
///
/// A slice is only inferred if it follows: from the process's own exit or debug entries, from the
/// restart that it is, from what the user states, or from the order in which masters start slices,
/// where it agrees with all that is known of the processes started together.
/// @complexity O(entries log entries)
traced_runs trace_runs(const machine_processes& known);

}  // namespace qslice::sim::diagnosis
