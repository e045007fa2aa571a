/// @file
/// What `qslice-sim plan --goal` does: from a stream and service times to numbers of slices.
#pragma once

#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// The options that go with --goal.
struct goal_options {
    std::string goal;
    scenario_choices from;
    std::vector<std::string> services;  ///< "archive=0.3s"
    std::string busiest;                ///< a duration, or empty
    std::uint64_t replications = 3;
    std::uint64_t checks = 20;
    double confidence = 0.95;
    std::uint64_t most_slices = 16;
};

/// Adds --goal and what goes with it.
/// @returns the option --goal itself
option add_goal_options(command_options command, goal_options& o);

/// Plans and prints the plan.
/// @returns `broken` if the maximum number of slices does not meet the goal
[[nodiscard]] result<exit_status> plan_for_goal(session& s, const goal_options& o);

}  // namespace qslice::sim
