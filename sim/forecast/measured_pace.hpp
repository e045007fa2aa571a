/// @file
/// How long the runners of a live site take per entry, from its logs: measured where they handled
/// one entry right after another. A forecast uses it; without logs it uses stated assumptions.
#pragma once

#include "sim/site/site_history.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A mark that a process left when it was done with an entry.
struct work_mark {
    double time_s = 0;
    double seconds = 0;  ///< that the work took, if the log tells
    std::uint64_t process = 0;
};

/// Seconds per entry, from the taking of one entry to the taking of the next.
struct measured_pace {
    double mean_s = 0;
    double low_s = 0;  ///< the fastest and the slowest stretch of 10 s
    double high_s = 0;
    std::uint64_t entries = 0;  ///< in these stretches
    /// The share of this time that the marks' work took. Where it is low, the runner may have had
    /// nothing to do in between, and its pace is at most this.
    double busy = 0;

    [[nodiscard]] bool is_certain() const { return busy >= 0.7; }
};

/// The pace of processes that were never idle.
///
/// Logs do not say when a runner had nothing to do. So each process's marks are divided into
/// stretches of at least 10 s and 8 entries without a pause longer than its idle sleep; of these,
/// the fastest and all that took less than 1.5 times as long per entry are taken.
/// @param marks  in any order
/// @returns nothing if there is no such stretch
/// @complexity O(m log m)
std::optional<measured_pace> busy_pace(std::vector<work_mark> marks);

/// The marks of a queue's runners: deliveries for out/, accepted posts for in/ of Mailman 3. Empty
/// for other queues: their runners do not log what they have done.
std::vector<work_mark> marks_of(const diagnosis::site_history& history, std::string_view queue);

/// What a runner is assumed to take per entry where nothing was measured.
/// An estimate, for Mailman 3.3.8 with SQLite, an archive of files and a mail server that answers
/// at once, or Mailman 2.1 as the simulator's services have it; a forecast says that it is assumed.
double assumed_pace_s(std::string_view queue);

}  // namespace qslice::sim
