/// @file
/// One survey of a queue's directory as plain data: its entries, their slices and ages.
/// queue_findings.hpp derives the findings; inspection_report.hpp prints both.
#pragma once

#include "sim/site/queue_listing.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// The options of a survey.
struct survey_options {
    double now_s = 0;           ///< seconds since the epoch; ages are relative to it
    bool all_sizes = false;     ///< read the attributes of every entry, not of a sample
    std::size_t sample = 1000;  ///< number of entries per queue whose size and file time are read
    std::size_t examples = 5;   ///< number of names kept per kind of unusual file
    double late_s = 900;        ///< age from which a waiting entry is late
    std::size_t most_odd_files =
        1000;  ///< number of files in hand or partial whose file times are read

    /// retry/ is emptied whole every 15 minutes; what is older than two rounds is stuck.
    [[nodiscard]] double late_s_of(std::string_view queue) const {
        return queue == "retry" ? std::max(late_s, 1800.0) : late_s;
    }
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

    /// Reorders the values.
    static distribution of(std::vector<double>& values);
};

/// An unusual file.
struct odd_file {
    std::string name{};
    std::string what{};                 ///< for malformed names: what is wrong
    std::optional<double> stamp_s{};    ///< of its name
    std::optional<double> written_s{};  ///< of the file: mtime; empty: the file has disappeared
    std::optional<double> changed_s{};  ///< of the file: written or renamed last; ctime
    std::optional<std::uint64_t> size_bytes{};
    std::uint32_t slice = 0;      ///< of the queue's division, for a well-formed name
    std::uint64_t recovered = 0;  ///< from .bak, as its metadata say, if it was opened
    std::optional<bool> whole{};  ///< its message and metadata can be read, if it was opened

    /// When it came to this queue, or into a runner's hands: the time of its last change of name,
    /// as far as that lies in the past; else, in a copied tree, the time of its last writing.
    [[nodiscard]] std::optional<double> since(double now_s) const {
        constexpr double clocks_differ_s = 60;
        if (changed_s && *changed_s <= now_s + clocks_differ_s) return changed_s;
        return written_s;
    }
};

/// The number of files of one kind, and the first of them by name.
struct odd_files {
    std::uint64_t count = 0;
    std::vector<odd_file> examples;
};

/// One slice of a queue.
struct slice_survey {
    std::uint64_t waiting = 0;
    std::uint64_t in_hand = 0;
    std::uint64_t late_stamps = 0;         ///< waiting entries whose stamps are late
    std::optional<odd_file> oldest;        ///< the waiting entry with the earliest stamp
    std::uint32_t runners = 1;             ///< runners that take this slice
    std::optional<std::int64_t> growth{};  ///< waiting entries since an earlier look, if known
    std::uint64_t equal_times = 0;         ///< entries with the same stamp as another of the slice
    std::uint64_t overtaken = 0;  ///< entries that Mailman would take after one with a later stamp
};

/// The contents of one queue's directory.
struct queue_survey {
    std::string queue;
    std::string directory;
    std::optional<error> problem;               ///< why the directory could not be read completely
    std::string division;                       ///< "equal:3"
    bool assumed_running = true;                ///< unknown which slices run
    std::vector<std::uint64_t> numbers_in_use;  ///< numbers of slices used by its runners
    std::vector<slice_survey> slices;
    std::vector<double> expected_shares;  ///< by slice; empty if the division states none

    std::uint64_t names = 0;    ///< all names in the directory
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

    /// Of the entries with late stamps, those whose files were looked at, and of these the ones
    /// that were also written that long ago, in order of time; an entry that came back from retry/
    /// keeps its stamp in Mailman 2.1.
    std::uint64_t late_looked = 0;
    std::vector<odd_file> late;
    std::map<std::string, std::uint64_t>
        late_lists;               ///< lists of the late entries that were opened
    std::uint64_t late_read = 0;  ///< how many
    std::string sample_name;      ///< a waiting entry's, the first looked at
    odd_files empty;              ///< waiting files without a byte, among those looked at
    odd_files unreadable;  ///< waiting files that the directory's owner may not read, likewise

    std::uint64_t equal_times = 0;  ///< sums over the slices
    std::uint64_t overtaken = 0;
    std::uint64_t largest_equal_group = 0;
    double equal_example_s = 0;  ///< the stamp of the largest group
    double seconds_taken = 0;    ///< of wall time, for this look
};

/// Surveys a queue's directory without changing anything.
///
/// One listing, one pass over the names; sizes and file times are read for a sample (for all
/// waiting entries with `all_sizes`) and for entries in hand or partial. Files that disappear
/// meanwhile are no error. The sample depends only on the names.
/// @complexity O(m log m); 8 to 16 bytes of memory per entry
queue_survey survey_queue(const std::string& queue, const std::string& directory,
                          const queue_plan& plan, const survey_options& options);

/// The same for a queue that a listing shows. What the listing does not have is not judged; a
/// waiting entry without a time counts as written at its stamp.
queue_survey survey_listing(const listed_queue& listed, const queue_plan& plan,
                            const survey_options& options);

}  // namespace qslice::sim::diagnosis
