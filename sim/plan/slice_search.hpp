/// @file
/// The smallest numbers of slices that meet a goal: a bound by queueing theory to start from,
/// then simulations until one slice less of any runner breaks the goal.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/plan/queue_bound.hpp"
#include "sim/plan/time_goal.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// What a plan is made for and with.
struct plan_setting {
    scenario site;  ///< its runners, policy, storage and services; its machines are laid out anew,
                    ///< and its faults and requirements left out
    time_goal goal;
    std::uint64_t most_slices = 16;  ///< of each runner
    std::uint64_t replications = 3;  ///< simulations of each choice, with seeds of their own
    unsigned workers = 1;            ///< threads
    /// The posts of a replication. May be called by several threads at once.
    std::function<result<message_stream>(std::uint64_t seed)> stream;
    std::function<void()> simulated;  ///< called after each simulation, by any thread; or empty
};

/// Slices of each runner, in the order of goal_plan::runners.
using slice_counts = std::vector<std::uint64_t>;

/// How a choice of slices did in its replications.
struct plan_trial {
    slice_counts slices;
    std::vector<double> values;          ///< of the goal's measure, one for each replication
    double worst = 0;                    ///< the largest of them
    bool met = false;                    ///< in each the goal holds and every post is done with
    std::vector<double> waits;           ///< of each runner's queue at the goal's figure, largest
    std::vector<double> services;        ///< from taking to finishing, the largest mean
    std::vector<std::uint64_t> waiting;  ///< entries left in each runner's queue, the most
    std::uint64_t unfinished = 0;        ///< posts not done with by the end, the most
};

/// One runner in a plan.
struct planned_runner {
    queue_load load;
    bool on_the_way = false;    ///< the goal is about its queue
    std::uint64_t by_load = 1;  ///< slices without which work would pile up for ever
    std::uint64_t by_bound = 1;
    std::uint64_t slices = 1;            ///< by simulation
    slice_bound bound;                   ///< of one of these
    double wait_bound_s = 0;             ///< at the goal's figure
    double wait_found_s = not_measured;  ///< the same, simulated
    /// With the next smaller number of slices of this runner alone; nothing where there is none
    /// that its load allows.
    std::optional<plan_trial> one_less;
};

/// What was found for a goal.
struct goal_plan {
    time_goal goal;
    std::vector<planned_runner> runners;  ///< those that get entries
    std::vector<arrival_dispersion::point> dispersion;
    std::uint64_t posts = 0;
    double duration_s = 0;  ///< from the first post to the last
    plan_trial chosen;      ///< meets the goal; else the best of the largest choices
    /// The site of the choice: slice k of each runner on machine k, so that no machine runs two
    /// slices of one runner. Runners that get no entries have one slice, on the first.
    std::vector<machine_choice> machines;
    double at_work = 0;  ///< runners at work at the same time, on average
    std::uint64_t simulations = 0;
};

/// Makes a plan.
///
/// A first simulation measures what each entry asks of its runner. From that, the bound gives
/// numbers of slices, and simulations with `replications` seeds put them right: a slice more of
/// the runner whose queue makes entries wait longest until the goal holds, then one less of each
/// as long as it still does. The number found is the least in the sense that no single runner can
/// do with less. A goal counts as out of reach when neither the most slices of the runners on its
/// way nor those of all runners meet it.
/// @returns the plan, whose chosen.met says whether the goal can be met at all; `malformed` for a
///          partition with numbers of its own, or when a simulation has nothing to measure
/// @complexity some ten choices, each simulated `replications` times
[[nodiscard]] result<goal_plan> plan_slices(const plan_setting& setting);

}  // namespace qslice::sim
