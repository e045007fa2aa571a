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
    /// Threads, among which the branches of a walk without a bound on delays are divided. The
    /// result is the same for any number.
    unsigned jobs = 1;
    /// Called after each run, by one thread at a time; a cut run did not reach its end, and has no
    /// guarantees.
    std::function<void(const trial& run, bool cut)> on_run;
    /// Called now and then, by one thread at a time: how many runs the whole walk will take, by
    /// what is known so far. It is too high while much of what is left has been visited already.
    /// @source Knuth, "Estimating the efficiency of backtrack programs" (1975)
    std::function<void(std::uint64_t runs)> on_estimate;
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
/// the scenario lets processes see more of each other: its own faults, a full disk, NFS, two
/// runners of one slice, Mailman 3's ranges, clocks with a resolution below a second. What a loss
/// of power leaves of a file's bytes is decided when something reads them.
///
/// A walk on several threads that finds something is repeated on one, so that what is reported does
/// not depend on which thread was first.
/// @param base  small: two machines, three posts, few runners
[[nodiscard]] result<walk_result> walk_all(const scenario& base, const walk_settings& settings);

}  // namespace qslice::sim
