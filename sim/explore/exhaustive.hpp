/// @file
/// Walks every course of a small scenario within bounds: every order in which processes' storage
/// calls can happen, every crash point and every state that a crash can leave.
#pragma once

#include "sim/explore/explore.hpp"
#include "sim/explore/goal.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace qslice::sim {

struct trial;

/// What an exhaustive walk covers.
struct walk_settings {
    search_goal goal;
    /// How often a step may be passed over in favour of another; nothing: as often as there is an
    /// occasion, so that the walk has every order that there is. With d delays it has every order
    /// that d slow storage calls can cause.
    /// @source Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling" (2011)
    std::optional<std::uint64_t> delays;
    std::uint64_t crashes = 1;
    std::string crash = "process";  ///< "process", "machine" or "power"
    /// Walk those ways too that come to the same as others. See guided_course::ways_to_walk().
    bool every_step = false;
    std::uint64_t most_runs = 10'000'000;
    /// After each run; one that was cut did not come to its end.
    std::function<void(const trial& run, bool cut)> on_run;
};

/// What has been walked.
struct walk_result {
    bool complete = false;  ///< every course within the bounds; else most_runs was reached
    std::uint64_t runs = 0;
    std::uint64_t questions = 0;     ///< places where a course could go several ways
    std::uint64_t states = 0;        ///< that are different, at such places
    std::uint64_t unseen = 0;        ///< places where all ways but one come to the same
    std::uint64_t cut = 0;           ///< runs that came to a state that had been walked from
    std::uint64_t crash_points = 0;  ///< at which the crash was let happen
    std::uint64_t crash_runs = 0;    ///< runs with a crash: one for each state that it can leave
    std::optional<counterexample> found;
};

/// Walks all courses, depth first, until one breaks what the goal asks for.
///
/// A state that has been reached before with as many delays left, or more, is not walked from
/// again. Two moments are taken as the same state when files, what of them is not durable, how far
/// each process is, orders so far and the crashes left are the same; virtual time is left out of
/// it. For stamps not to tell states apart that differ in nothing else, clocks show whole seconds,
/// unless the scenario gives them another resolution. So a counterexample is always real; that
/// there is none means none for behaviour that does not depend on the exact time.
///
/// Runners start at once, and at once again after a crash, so that a look at a queue, or a
/// recovery, can come between any two steps of others. What waits for longer than
/// guided_course::reach_s (an idle runner, one that found a list locked, a post that is sent
/// again) goes on when nothing else is left to do. An idle look in between would change nothing.
///
/// Ways that come to the same as others are left out (partial-order reduction), unless `every_step`
/// asks for them, or the scenario lets processes see more of each other: machines or the power
/// crash, faults of its own, a full disk, NFS, two runners of one slice, Mailman 3's ranges,
/// clocks that show less than a second.
/// @param base  small: two machines, three posts, few runners
[[nodiscard]] result<walk_result> walk_all(const scenario& base, const walk_settings& settings);

}  // namespace qslice::sim
