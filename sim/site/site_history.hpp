/// @file
/// The merged logs of a site's machines: which runner served which slice where and when, what was
/// delivered, and what failed. history_findings.hpp derives the findings.
#pragma once

#include "sim/record/scenario.hpp"
#include "sim/site/log_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// Seconds since the epoch, or in local time if no time zone was given.
using log_time = double;

/// How the slice of a runner was determined.
enum class slice_source {
    unknown,
    exit_entry,   ///< the master logged it when the runner ended
    restart,      ///< the master had just restarted that slice
    told,         ///< stated by the user
    as_before,    ///< the machine's runners of that name served no other slice
    start_order,  ///< as many were started together as there are slices, and they start in order
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
    std::optional<std::int64_t> signal;
    std::optional<std::int64_t> status;
    std::uint64_t deliveries = 0;

    /// When it ran, as far as known, within a window.
    [[nodiscard]] std::pair<log_time, log_time> within(log_time from, log_time to) const {
        return {std::max(started.value_or(from), from), std::min(ended.value_or(to), to)};
    }
};

/// One message sent, one entry of out/.
struct delivery {
    std::size_t machine = 0;
    std::size_t run =
        std::numeric_limits<std::size_t>::max();  ///< none: its start is not in the logs
    log_time time = 0;
    std::uint64_t recipients = 0;
    std::string message;  ///< its id and list
};

/// An error, and its place in the log.
struct log_trouble {
    std::size_t machine = 0;
    log_time time = 0;
    std::string kind;   ///< "shunted", "preserved", "exception", "malformed-name", "restart-limit"
    std::string what;   ///< the entry's base name, the exception, the runner
    std::string place;  ///< "FILE:LINE"
};

/// Counts of a machine's logs. Each line is counted once: as an entry's first line, as a further
/// line of an entry, as empty, or as unparsed.
struct machine_history {
    std::string name;
    std::vector<std::string> files;
    std::uint64_t lines = 0;
    std::uint64_t entries = 0;  ///< with a stamp
    std::uint64_t further = 0;  ///< lines of an entry after its first
    std::uint64_t empty = 0;
    std::uint64_t not_understood = 0;
    std::uint64_t other = 0;  ///< entries that concern neither runners nor deliveries nor errors
    std::optional<log_time> first;
    std::optional<log_time> last;
    std::uint64_t deliveries = 0;
    std::uint64_t recipients = 0;
    std::uint64_t posted = 0;
    std::uint64_t failed = 0;
    std::uint64_t held = 0;
    std::uint64_t discarded = 0;
    std::uint64_t clock_back =
        0;  ///< number of times that a log's stamps went back by more than 5 s
    double most_clock_back_s = 0;
    std::string clock_back_place;
};

/// A line to show to the user, with its place.
struct shown_line {
    std::string place;  ///< "FILE:LINE"
    std::string text;
};

/// The merged contents of all logs.
struct site_history {
    std::vector<machine_history> machines;
    std::vector<runner_run> runs;            ///< by machine, then in the order of their first entry
    std::vector<delivery> deliveries;        ///< by machine, then by time; within the window
    std::vector<log_trouble> troubles;       ///< by machine, then by time; within the window
    std::vector<shown_line> not_understood;  ///< the first ones
    std::vector<shown_line> other;           ///< the first ones
    log_time from = 0;                       ///< the examined window
    log_time to = 0;

    [[nodiscard]] std::uint64_t lines() const;
};

/// The options of a history.
struct history_options {
    std::optional<log_time> from;  ///< empty: from the first entry
    std::optional<log_time> to;    ///< empty: to the last entry
    /// By machine name: which slices its runners serve, if the logs do not show it.
    std::map<std::string, std::vector<runner_choice>, std::less<>> told;
    std::size_t shown_lines = 5;
};

/// Collects the entries of all logs, in any order, and merges them.
class history_builder {
public:
    /// @param name  a machine's name; the same name gives the same number
    std::size_t machine(std::string_view name);

    /// Whether machine() has been called with that name.
    [[nodiscard]] bool knows(std::string_view name) const;

    [[nodiscard]] machine_history& figures(std::size_t machine) { return machines_[machine]; }

    /// @param place  "FILE:LINE" of the entry
    void add(std::size_t machine, log_time time, log_line line, std::string place);

    /// Adds a line that belongs to no entry.
    void add_not_understood(std::size_t machine, std::string place, std::string_view text);

    /// Adds an irrelevant entry, to be shown.
    void add_other(std::string place, std::string_view text);

    /// Merges everything. The builder is empty afterwards.
    /// @complexity O(entries log entries)
    site_history finish(const history_options& options);

private:
    struct stored_entry {
        log_time time;
        std::uint64_t pid;
        log_event event;
        std::string place;
    };

    static constexpr std::size_t most_shown = 100;

    std::vector<machine_history> machines_;
    std::vector<std::vector<stored_entry>> entries_;  ///< by machine
    std::vector<shown_line> not_understood_;
    std::vector<shown_line> other_;
};

}  // namespace qslice::sim::diagnosis
