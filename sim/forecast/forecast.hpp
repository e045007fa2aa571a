/// @file
/// When the backlog of a live site ends: as it is, and with runners started, added or lost. Each
/// case is a simulation of the library's runners over the entries that lie there.
#pragma once

#include "sim/forecast/live_queues.hpp"
#include "sim/forecast/measured_pace.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// What is known of a site besides its queues.
struct forecast_options {
    diagnosis::slice_plan_options plan;
    std::optional<diagnosis::mailman_version> version;  ///< empty: detected
    std::map<std::string, double, std::less<>> paces;   ///< by queue: seconds per entry, as stated
    const diagnosis::site_history* history = nullptr;   ///< null: no logs
    std::uint64_t other_slices = 0;     ///< to try; 0: one more (Mailman 3: twice as many)
    std::vector<runner_choice> lost{};  ///< with the machine; empty: the fullest slice's
    double now_s = 0;
    std::uint64_t seed = 1;
    unsigned jobs = 1;
};

/// Where a pace comes from.
enum class pace_source {
    measured,  ///< the logs show a runner at work without a pause
    at_most,   ///< the logs show it work that fast; it may have waited for work
    stated,
    assumed,
};

/// One queue, and what its runners are taken to need.
struct forecast_queue {
    std::string queue;
    std::string runner;  ///< class name of the simulation's runner
    std::uint64_t entries = 0;
    std::uint64_t in_hand = 0;  ///< of these
    std::uint64_t slices = 1;
    std::uint64_t runners = 0;  ///< that run, or are assumed to
    measured_pace pace;
    pace_source source = pace_source::assumed;
};

/// The entries of one slice that nobody takes.
struct stuck_slice {
    std::string queue;
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;
    std::uint64_t entries = 0;
};

/// What is changed, and when the backlog ends then.
struct forecast_case {
    enum class kind { as_it_is, missing_started, other_slices, machine_lost };
    kind what = kind::as_it_is;
    std::vector<runner_choice> runners{};  ///< that are started or lost
    std::uint64_t slices = 0;              ///< of the queues that are divided, for other_slices
    double ends_s = 0;                     ///< from now, of what is taken at all
    std::uint64_t done = 0;                ///< entries of the backlog that leave the site by then
    std::vector<stuck_slice> stuck{};      ///< entries that never end
    std::string limit{};                   ///< the queue whose busiest runner works longest
    double low_s = 0;                      ///< `ends_s` with that queue's fastest and slowest pace
    double high_s = 0;
    pace_source source = pace_source::assumed;  ///< of that queue's pace
};

/// A site's forecast.
struct forecast {
    std::string root;
    diagnosis::mailman_version version = diagnosis::mailman_version::unknown;
    double now_s = 0;
    bool assumed_running = true;  ///< that every slice has a runner
    std::vector<forecast_queue> queues;
    /// Queues whose runners the simulation does not have.
    std::vector<live_queue> left_out;
    std::vector<forecast_case> cases;
};

/// Simulates the cases: as it is; with the missing runners started, if any is missing; with another
/// number of slices; with a machine lost.
///
/// No new post arrives, and no delivery fails. Each entry is one post to a list of its own. An
/// entry in hand is done again, as after a restart.
/// @returns an error for a directory without queues, contradictory options or unreadable queues
/// @complexity about 100 storage calls per entry and case
result<forecast> make_forecast(const std::string& directory, const forecast_options& options);

}  // namespace qslice::sim
