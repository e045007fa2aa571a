/// @file
/// Why one post or entry overtook another, from the record alone, with an explanation in words.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <cstdint>
#include <string_view>

namespace qslice::sim {

/// Two entries of a queue, of which the second was enqueued later and taken first.
overtaking explain_entries(const run_index& index, std::uint32_t earlier, std::uint32_t later);

/// Two posts, of which the second was accepted later and left first.
///
/// Follows both posts through in/ and the stage's queue to the first step at which the second was
/// ahead.
/// @param stage  "delivery", "archiving" or an effect that services report
overtaking explain_effects(const run_index& index, std::string_view stage, std::uint32_t earlier,
                           std::uint32_t later);

}  // namespace qslice::sim
