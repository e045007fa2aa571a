/// @file
/// The smallest numbers of slices that meet a goal: starts from a bound by queueing theory, then
/// simulates until one slice fewer of any runner misses the goal, and checks the choice with fresh
/// seeds.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/plan/queue_bound.hpp"
#include "sim/plan/time_goal.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/hash/affinity_kind.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The input of a plan.
struct plan_setting {
    scenario site;  ///< provides runners, policy, storage and services; machines are laid out anew,
                    ///< and faults and requirements are ignored
    time_goal goal;
    std::uint64_t most_slices = 16;  ///< of each runner
    std::uint64_t replications = 3;  ///< simulations per choice, each with its own seed
    std::uint64_t checks = 20;       ///< simulations that check it, with fresh seeds; 0: none
    double confidence = 0.95;        ///< of what they show
    unsigned workers = 1;            ///< threads
    /// The posts of a replication. May be called by several threads concurrently.
    std::function<result<message_stream>(std::uint64_t seed)> stream;
    std::function<void()> simulated;  ///< called after each simulation, by any thread; or empty
};

/// Slices of each runner, in the order of goal_plan::runners.
using slice_counts = std::vector<std::uint64_t>;

/// The results of a choice of slices in its replications.
struct plan_trial {
    slice_counts slices;
    std::vector<double> values;  ///< values of the goal's measure, one per replication
    double worst = 0;            ///< the largest of them
    std::uint64_t held = 0;      ///< replications in which the goal is met and every post finished
    bool met = false;            ///< it is in all of them
    std::vector<double> waits;   ///< wait in each runner's queue at the goal's figure, maximum
    std::vector<double> services;        ///< from taking to finishing, maximum of the means
    std::vector<std::uint64_t> waiting;  ///< entries left in each runner's queue, maximum
    std::uint64_t unfinished = 0;        ///< posts unfinished at the end, maximum
};

/// One runner in a plan.
struct planned_runner {
    queue_load load;
    bool on_the_way = false;    ///< the goal concerns its queue
    std::uint64_t by_load = 1;  ///< minimum number of slices without overload
    std::uint64_t by_bound = 1;
    std::uint64_t slices = 1;            ///< by simulation
    std::uint64_t built = 0;             ///< of the program's own site; 0: it has none
    slice_bound bound;                   ///< for one of these slices
    double wait_bound_s = 0;             ///< at the goal's figure
    double wait_found_s = not_measured;  ///< the same, simulated
    /// With the next smaller number of slices of this runner alone, with the seeds of the check if
    /// there is one; empty if its load does not permit a smaller one.
    std::optional<plan_trial> one_less;
};

/// A choice in simulations whose seeds did not take part in choosing it.
struct plan_check {
    plan_trial trial;
    double confidence = 0;
    /// The goal is met in at least that share of all such runs, with that confidence.
    /// @source Clopper and Pearson 1934, one-sided
    double least_share = 0;
};

/// The result for a goal.
struct goal_plan {
    time_goal goal;
    std::vector<planned_runner> runners;  ///< those that get entries
    std::vector<arrival_dispersion::point> dispersion;
    std::uint64_t posts = 0;
    affinity_kind keeps_together = affinity_kind::none;  ///< the policy
    /// Of all posts those of the largest list or sender, if the policy keeps these together.
    double largest_share = 0;
    double duration_s = 0;            ///< from the first post to the last
    plan_trial chosen;                ///< meets the goal; otherwise the best of the largest choices
    std::optional<plan_check> check;  ///< of it, if the search found it to meet the goal
    /// The site of the choice: slice k of each runner on machine k, so that no machine runs two
    /// slices of the same runner. Runners without entries have one slice, on the first machine.
    std::vector<machine_choice> machines;
    double at_work = 0;  ///< mean number of busy runners
    std::uint64_t simulations = 0;

    /// In every simulation of the check, or of the search if there is none.
    [[nodiscard]] bool met() const { return check ? check->trial.met : chosen.met; }
};

/// Makes a plan.
///
/// A first simulation measures the service times. From them the bound yields numbers of slices, and
/// simulations with `replications` seeds correct them: one slice more for the runner whose queue
/// has the longest waits until the goal is met, then one fewer for each runner as long as it still
/// is. A goal counts as unreachable if neither the maximum number of slices of the runners on its
/// path nor that of all runners meets it.
///
/// Seeds that led to a choice say too much good of it: `checks` simulations with fresh seeds, anew
/// for each choice, decide. If one of them misses the goal, a slice more is chosen; if all of them
/// meet it with one slice fewer of a runner, that is. So the result is minimal in the sense that no
/// single runner can do with fewer in all of these simulations.
/// For a program that is built for a site its runners and its partition are planned, divided
/// equally into other numbers of slices than its topology states.
/// @returns the plan; met() tells whether the goal can be met; `malformed` for a partition
///          that cannot have other numbers of slices, or if a simulation has nothing to measure
/// @complexity about ten choices, each simulated `replications` times; then `checks` simulations of
///     the choice, and of one slice fewer of each runner with several
[[nodiscard]] result<goal_plan> plan_slices(const plan_setting& setting);

}  // namespace qslice::sim
