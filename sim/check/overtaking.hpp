/// @file
/// Why one post or entry overtook another, from the record alone, with an explanation in words.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <cstdint>

namespace qslice::sim {

/// Two entries of a queue, of which the second was enqueued later and taken first.
overtaking explain_entries(const run_index& index, std::uint32_t earlier, std::uint32_t later);

/// Two posts, of which the second was accepted later and left first.
///
/// Follows both posts through in/ and the stage's queue to the first step at which the second was
/// ahead.
/// @param stage  not a queue
overtaking explain_effects(const run_index& index, order_stage stage, std::uint32_t earlier,
                           std::uint32_t later);

}  // namespace qslice::sim
