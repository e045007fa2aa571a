/// @file
/// Searches random scenarios for one that breaks a guarantee, and shrinks what it finds.
/// `qslice-sim explore` is this on the command line.
#pragma once

#include "sim/engine/work_group.hpp"
#include "sim/explore/goal.hpp"
#include "sim/explore/variation.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace qslice::sim {

/// How to search.
struct search_settings {
    search_goal goal;
    search_bounds bounds;
    std::uint64_t first_seed = 1;
    std::uint64_t seeds = 1'000;
    unsigned jobs = 1;                       ///< threads
    std::uint64_t most_shrink_runs = 4'000;  ///< 0: what is found stays as it is
    std::function<void()> on_seed;           ///< after each seed, from any thread
    work_group* group = nullptr;  ///< processes that share the seeds; null: this one alone
};

/// A run that breaks a guarantee.
struct counterexample {
    std::uint64_t seed = 0;   ///< of the search
    scenario found;           ///< as the seed made it, with its random faults named
    scenario setting;         ///< made smaller; a run of it breaks the guarantee
    guarantee_result broken;  ///< by a run of `setting`
    std::uint64_t shrink_runs = 0;
    std::string story;  ///< of that run
};

/// What a search did.
struct search_result {
    std::uint64_t runs = 0;  ///< one for each seed up to the failing one
    std::uint64_t crashes = 0;
    std::uint64_t faults = 0;
    std::uint64_t posts = 0;
    std::uint64_t storage_calls = 0;
    std::optional<counterexample> found;
};

/// Plays the scenarios of the seeds until one breaks what the goal asks for.
///
/// The lowest failing seed is found, and everything in the result is a function of the base and
/// the settings, whatever the number of threads.
/// @returns an error for a base that cannot be played
[[nodiscard]] result<search_result> explore(const scenario& base, const search_settings& settings);

}  // namespace qslice::sim
