/// @file
/// The findings from a site's logs: which slices were served when, how the deliveries were split
/// and whether chance explains it, and what is probably misconfigured.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/site/finding.hpp"
#include "sim/site/site_history.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// A period of time.
using period = std::pair<log_time, log_time>;

/// One slice of one runner, as the logs show it.
struct slice_history {
    std::string runner;
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;
    std::vector<std::size_t> machines;  ///< machines that served it, by number
    std::uint64_t runs = 0;
    std::uint64_t restarts = 0;  ///< by the master
    std::vector<period> served;  ///< disjoint, in order, within the window
    std::vector<period>
        gaps;         ///< gaps longer than history's limit, while its number of slices was in use
    period in_use{};  ///< when runners used this number of slices
};

/// Counts of deliveries compared with equal (or weighted) shares.
struct observed_split {
    struct part {
        std::string name;  ///< a machine, or a slice as "1/3"
        std::uint64_t count = 0;
        double expected_share = 0;
    };
    std::vector<part> parts;
    std::uint64_t total = 0;
    split_test test;
    bool assumed_equal = false;  ///< who serves which slice is unknown: equal shares assumed
};

/// A runner of out/ that did nothing but send.
struct busy_sender {
    std::size_t run = 0;
    period busy{};
    std::uint64_t deliveries = 0;
    std::uint64_t recipients = 0;
    double sending_s = 0;  ///< within the period

    [[nodiscard]] double share() const { return sending_s / (busy.second - busy.first); }
    [[nodiscard]] double recipients_per_s() const {
        return static_cast<double>(recipients) / sending_s;
    }
};

/// The limits of the diagnosis.
struct logs_options {
    std::string partition = "equal";  ///< for make_partition, with or without its numbers
    double gap_s = 120;     ///< time without a runner from which a slice counts as unserved
    double overlap_s = 10;  ///< tolerated overlap of two runners on one slice (clocks differ)
    double alpha = 0.001;   ///< a less likely split is not attributed to chance
};

/// What the logs tell, and the text after it.
struct logs_diagnosis {
    site_history history;
    std::vector<slice_history> slices;  ///< by runner, number of slices, slice
    bool two_versions = false;  ///< logs of Mailman 2.1 and of 3, whose deliveries are not compared
    observed_split by_machine;
    observed_split by_slice;    ///< without parts if the slices are unknown
    observed_split by_process;  ///< of one machine whose slices are unknown: by process
    std::vector<busy_sender> busy;
    std::uint64_t sent_twice = 0;   ///< messages sent twice
    double sent_twice_apart_s = 0;  ///< the longest time between the two
    std::uint64_t tried_twice = 0;  ///< the same, but whether the first time failed is not known
    std::uint64_t sent_twice_by_one = 0;  ///< of sent_twice, by one process both times
    std::uint64_t read_twice = 0;         ///< messages of which one delivery is in two files
    std::string sent_twice_example;
    std::vector<finding> findings;  ///< the most important first
};

/// @returns the diagnosis; `malformed` for a partition that contradicts the slices seen, and for
///          logs without a single Mailman line, with the place of the first line
result<logs_diagnosis> diagnose_logs(site_history history, const logs_options& options);

}  // namespace qslice::sim::diagnosis
