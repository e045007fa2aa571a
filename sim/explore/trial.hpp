/// @file
/// One run of a search: plays the scenario and checks only its guarantees.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/explore/goal.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/run_record.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace qslice::sim {

/// A played scenario.
struct trial {
    run_record record;
    std::vector<guarantee_result> guarantees;
};

/// Plays a scenario with its own stream and checks its guarantees, in a few tenths of a millisecond
/// for a few posts.
/// @returns `malformed` for a scenario that cannot be played
[[nodiscard]] result<trial> play(const scenario& setting, const simulation_hooks& hooks = {});

/// The guarantees of a run that has ended.
[[nodiscard]] std::vector<guarantee_result> check(const run_record& record);

/// Whether a run of the scenario breaks a guarantee of the goal.
/// @returns the broken guarantee; empty also if the scenario cannot be played
[[nodiscard]] std::optional<guarantee_result> broken_by(const scenario& setting,
                                                        const search_goal& goal);

/// "guarantee.NAME = 1": is not met if the scenario, played again, still breaks it.
[[nodiscard]] requirement to_require(const guarantee_result& broken);

/// The number of machines that lost power and of processes that died.
[[nodiscard]] std::uint64_t crashes_in(const run_record& record);

/// The same scenario with its random faults replaced by the actual ones, each at its storage call.
/// @returns a scenario with the same run, without random faults
[[nodiscard]] result<scenario> with_named_faults(const scenario& setting);

}  // namespace qslice::sim
