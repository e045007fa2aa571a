/// @file
/// One look at a queue's directory: what is in it, whose it is and how old, as plain data.
/// queue_findings.hpp draws the conclusions; inspect_report.hpp shows both.
#pragma once

#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// How a directory is looked at.
struct survey_options {
    double now_s = 0;                   ///< seconds since the epoch; ages are up to here
    bool all_sizes = false;             ///< ask the system about every entry, not a sample
    std::size_t sample = 1000;          ///< entries of a queue whose size and file time are asked
    std::size_t examples = 5;           ///< names kept of each kind of oddity
    std::size_t most_odd_files = 1000;  ///< files in hand or partial whose file times are asked
};

/// A distribution, by its quantiles (nearest rank).
struct distribution {
    std::uint64_t count = 0;
    double least = 0;
    double p10 = 0;
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double most = 0;
    double sum = 0;

    /// Puts the values in another order.
    static distribution of(std::vector<double>& values);
};

/// A file that stands out.
struct odd_file {
    std::string name{};
    std::string what{};                 ///< for malformed names: what is wrong
    std::optional<double> stamp_s{};    ///< of its name
    std::optional<double> written_s{};  ///< of the file: mtime; nothing: it has gone
    std::optional<double> changed_s{};  ///< of the file: written or renamed last; ctime
    std::optional<std::uint64_t> size_bytes{};
    std::uint32_t slice = 0;  ///< of the queue's division, for a well-formed name
};

/// Files of one kind: their number and some of them, the first by name.
struct odd_files {
    std::uint64_t count = 0;
    std::vector<odd_file> examples;
};

/// One slice of a queue.
struct slice_survey {
    std::uint64_t waiting = 0;
    std::uint64_t in_hand = 0;
    std::optional<odd_file> oldest;  ///< the waiting entry with the earliest stamp
    std::uint32_t runners = 1;       ///< that take this slice
    std::uint64_t equal_times = 0;   ///< entries whose stamp another one of the slice has as well
    std::uint64_t overtaken = 0;     ///< that Mailman would take after one with a later stamp
};

/// What stands in one queue's directory.
struct queue_survey {
    std::string queue;
    std::string directory;
    std::optional<error> problem;               ///< the directory could not be read to its end
    std::string division;                       ///< "equal:3"
    bool assumed_running = true;                ///< nothing was said about which slices run
    std::vector<std::uint64_t> numbers_in_use;  ///< numbers of slices that runners divide it by
    std::vector<slice_survey> slices;
    std::vector<double> expected_shares;  ///< by slice; empty where the division tells none

    std::uint64_t names = 0;    ///< all that the directory lists
    std::uint64_t waiting = 0;  ///< well-formed .pck
    std::optional<double> oldest_s;
    std::optional<double> newest_s;
    distribution ages;   ///< of the waiting, by their stamps, in seconds; negative: the future
    distribution sizes;  ///< in bytes, of `sizes.count` entries
    /// Seconds since the file was written: how long it has been in this queue.
    distribution stays;

    std::uint64_t in_hand_count = 0;
    std::uint64_t partial_count = 0;
    std::vector<odd_file> in_hand;  ///< .bak, unchanged longest first, up to most_odd_files
    std::vector<odd_file> partial;  ///< .tmp, unchanged longest first, up to most_odd_files
    odd_files preserved;            ///< .psv
    odd_files malformed;            ///< Mailman's extensions, but not its names
    odd_files foreign;              ///< anything else
    odd_files orphans;              ///< that no running runner would take
    odd_files doubly_owned;         ///< that several running runners would take
    odd_files future;               ///< stamped later than now
    double most_ahead_s = 0;        ///< of those, the furthest

    std::uint64_t equal_times = 0;  ///< sums over the slices
    std::uint64_t overtaken = 0;
    std::uint64_t largest_equal_group = 0;
    double equal_example_s = 0;  ///< the stamp of the largest group
    double seconds_taken = 0;    ///< of wall time, for this look
};

/// Looks at a queue's directory without changing anything.
///
/// One listing, one pass over the names; sizes and file times are asked of a sample, of all
/// waiting entries with `all_sizes`, and of what is in hand or partial. Files that go away
/// meanwhile are no error. The sample is a function of the names alone.
/// @complexity O(m log m); memory of 8 to 16 bytes an entry
queue_survey survey_queue(const std::string& queue, const std::string& directory,
                          const queue_plan& plan, const survey_options& options);

}  // namespace qslice::sim::diagnosis
