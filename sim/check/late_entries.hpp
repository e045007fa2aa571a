/// @file
/// Why the entries that waited longest in a queue waited: because no runner of their slice was
/// running, or a fault was in force, or neither. The verdict's remarks say it.
#pragma once

#include "sim/check/run_index.hpp"

#include <cstdint>

namespace qslice::sim {

/// What the longest waits of a queue coincided with.
struct late_entries {
    std::uint64_t late = 0;  ///< entries that waited for at least the limit
    std::uint64_t unserved =
        0;  ///< of these, those that met a time without a runner of their slice
    std::uint64_t in_fault = 0;  ///< of the rest, those that met a fault that was in force
    /// The first fault that ended such a time, or was in force; none: there is no such fault.
    std::uint32_t first_fault = none;
};

/// Examines the entries of a queue that were taken after waiting for at least `limit_s`.
///
/// An entry meets a period if it waited in it, or behind entries that had gathered in its slice
/// by its end: the period's effect lasts until the last of these is taken.
/// @complexity O(n log n) in the queue's entries, times its periods
[[nodiscard]] late_entries examine_late_entries(const run_index& index, std::uint32_t queue,
                                                double limit_s);

}  // namespace qslice::sim
