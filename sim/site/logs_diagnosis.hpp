/// @file
/// The conclusions from a site's logs: which slices were served when, how the deliveries were
/// split and whether chance explains it, and what is probably misconfigured.
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

/// From a moment to a later one.
using period = std::pair<log_time, log_time>;

/// One slice of one runner, as the logs show it.
struct slice_history {
    std::string runner;
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;
    std::vector<std::size_t> machines;  ///< that served it, in the order of their numbers
    std::uint64_t runs = 0;
    std::uint64_t restarts = 0;  ///< by the master
    std::vector<period> served;  ///< apart, in order, within the window
    std::vector<period> gaps;    ///< longer than history's limit, while its number was in use
    period in_use{};             ///< when runners divided the queue by this number of slices
};

/// Counts of deliveries against what equal (or weighted) slices give.
struct observed_split {
    struct part {
        std::string name;  ///< a machine, or a slice as "1/3"
        std::uint64_t count = 0;
        double expected_share = 0;
    };
    std::vector<part> parts;
    std::uint64_t total = 0;
    split_test test;
    bool assumed_equal = false;  ///< who serves which slice is not known: equal shares assumed
};

/// What counts as much.
struct logs_options {
    std::string partition = "equal";  ///< of make_partition, with or without its numbers
    double gap_s = 120;               ///< a slice is missed after so long
    double overlap_s = 10;  ///< two runners may be seen on one slice so long (clocks differ)
    double alpha = 0.001;   ///< a split less likely than this is no chance
};

/// What the logs tell, and what follows.
struct logs_diagnosis {
    site_history history;
    std::vector<slice_history> slices;  ///< by runner, number of slices, slice
    observed_split by_machine;
    observed_split by_slice;       ///< without parts where slices are not known
    std::uint64_t sent_twice = 0;  ///< messages that two machines sent within an hour
    std::string sent_twice_example;
    std::vector<finding> findings;  ///< what needs attention first
};

/// @returns the diagnosis; `malformed` for a partition that does not fit the slices seen, and for
///          logs of which no line is Mailman's, with the first one's place
result<logs_diagnosis> diagnose_logs(site_history history, const logs_options& options);

}  // namespace qslice::sim::diagnosis
