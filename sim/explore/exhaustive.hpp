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

/// The bounds of an exhaustive walk.
struct walk_settings {
    search_goal goal;
    /// How often a step may be passed over in favour of another; empty: without limit, so that the
    /// walk covers every order. With d delays it covers every order that d slow storage calls can
    /// cause.
    /// @source Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling" (2011)
    std::optional<std::uint64_t> delays;
    std::uint64_t crashes = 1;
    crash_scope crash = crash_scope::process;
    /// Also walk paths equivalent to others. See guided_course::ways_to_walk().
    bool every_step = false;
    std::uint64_t most_runs = 10'000'000;
    /// Called after each run; a cut run did not reach its end.
    std::function<void(const trial& run, bool cut)> on_run;
};

/// The extent of a walk.
struct walk_result {
    bool complete =
        false;  ///< every course within the bounds was walked; otherwise most_runs was reached
    std::uint64_t runs = 0;
    std::uint64_t questions = 0;     ///< places where a course could continue in several ways
    std::uint64_t states = 0;        ///< distinct states at such places
    std::uint64_t unseen = 0;        ///< places where all continuations but one are equivalent
    std::uint64_t cut = 0;           ///< runs that reached a visited state
    std::uint64_t crash_points = 0;  ///< crash points at which a crash happened
    std::uint64_t crash_runs = 0;    ///< runs with a crash: one per state that it can leave
    std::optional<counterexample> found;
};

/// Walks all courses, depth first, until one breaks a guarantee of the goal.
///
/// A state reached before with at least as many delays left is not walked from again. Two states
/// are equal if files, their non-durable parts, the progress of each process, the orders so far and
/// the remaining crashes are equal; virtual time is ignored. So that stamps do not distinguish
/// otherwise equal states, clocks show whole seconds unless the scenario gives them another
/// resolution. A counterexample is therefore always real; its absence only covers behaviour that
/// does not depend on exact times.
///
/// Runners start at once, and restart at once after a crash, so that a look at a queue, or a
/// recovery, can happen between any two steps of others. What waits longer than
/// guided_course::reach_s (an idle runner, one that found a list locked, a post that is resent)
/// continues when nothing else is left to do. An idle look in between would change nothing.
///
/// Paths equivalent to others are skipped (partial-order reduction), unless `every_step` is set or
/// the scenario lets processes see more of each other: crashes of machines or of the power, its own
/// faults, a full disk, NFS, two runners of one slice, Mailman 3's ranges, clocks with a resolution
/// below a second.
/// @param base  small: two machines, three posts, few runners
[[nodiscard]] result<walk_result> walk_all(const scenario& base, const walk_settings& settings);

}  // namespace qslice::sim
