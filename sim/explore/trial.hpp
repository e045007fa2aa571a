/// @file
/// One run of a search: the scenario played and its guarantees checked, and nothing else.
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

/// A scenario that has been played.
struct trial {
    run_record record;
    std::vector<guarantee_result> guarantees;
};

/// Plays a scenario with its own stream and checks its guarantees, some tenths of a millisecond
/// for a handful of posts.
/// @returns `malformed` for a scenario that cannot be played
[[nodiscard]] result<trial> play(const scenario& setting, const simulation_hooks& hooks = {});

/// Whether a run of the scenario breaks what the goal asks for.
/// @returns what it breaks; nothing as well where the scenario cannot be played
[[nodiscard]] std::optional<guarantee_result> broken_by(const scenario& setting,
                                                        const search_goal& goal);

/// "guarantee.NAME = 1": fails when the scenario is played again and still breaks it.
[[nodiscard]] requirement to_require(const guarantee_result& broken);

/// How many machines and processes lost their power or died.
[[nodiscard]] std::uint64_t crashes_in(const run_record& record);

/// The same scenario with its random faults replaced by those that struck, each at the storage
/// call at which it did.
/// @returns a scenario that plays the same run, and has no fault of any probability
[[nodiscard]] result<scenario> with_named_faults(const scenario& setting);

}  // namespace qslice::sim
