/// @file
/// Shrinks a counterexample as long as it still breaks the same guarantee.
#pragma once

#include "sim/explore/goal.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>

namespace qslice::sim {

/// A scenario that shrink() cannot make smaller.
struct shrunk_scenario {
    scenario setting;
    guarantee_result broken;
    std::uint64_t runs = 0;  ///< number of runs needed
};

/// Removes what the broken guarantee does not need: faults, posts (by delta debugging), machines
/// and slices, runners; then simplifies the rest: times, clocks, counts of calls, members, sizes,
/// service times.
///
/// A step is kept only if the resulting run breaks the same guarantee.
/// @param failing    has a listed stream; its run breaks the goal's guarantee
/// @param broken     that guarantee
/// @param most_runs  limit of the work; the best result so far is returned
/// @returns a result that depends only on the arguments
[[nodiscard]] shrunk_scenario shrink(scenario failing, guarantee_result broken,
                                     const search_goal& goal, std::uint64_t most_runs = 4'000);

}  // namespace qslice::sim
