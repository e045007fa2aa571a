/// @file
/// Makes a counterexample smaller for as long as it still shows the same broken guarantee.
#pragma once

#include "sim/explore/goal.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>

namespace qslice::sim {

/// A scenario that cannot be made smaller in the ways that shrink() knows.
struct shrunk_scenario {
    scenario setting;
    guarantee_result broken;
    std::uint64_t runs = 0;  ///< that it took
};

/// Takes away what the broken guarantee does not need: faults, posts (by delta debugging),
/// machines and slices, runners; then makes what is left plainer: times, clocks, counts of calls,
/// members, sizes, service times.
///
/// Each step is kept only if a run of the result breaks the same guarantee.
/// @param failing    its stream is listed, and a run of it breaks the goal's guarantee
/// @param broken     that guarantee
/// @param most_runs  bounds the work; what was reached by then is returned
/// @returns a function of its arguments
[[nodiscard]] shrunk_scenario shrink(scenario failing, guarantee_result broken,
                                     const search_goal& goal, std::uint64_t most_runs = 4'000);

}  // namespace qslice::sim
