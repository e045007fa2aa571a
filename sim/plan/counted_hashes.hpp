/// @file
/// Shares of the hash space that are counted, of random hashes, where a partition does not consist
/// of ranges. slice_change.hpp and site_change.hpp count by it.
#pragma once

#include "sim/check/statistics.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/plan/slice_change.hpp"

#include <qslice/core/hash_value.hpp>

#include <cstdint>

namespace qslice::sim {

/// The share that so many of `counted_digests` hashes stand for.
inline hash_share counted_share(std::uint64_t hits) {
    const confidence_interval between = confidence_of_share(hits, counted_digests, 0.95);
    const double share = static_cast<double>(hits) / static_cast<double>(counted_digests);
    return {share, {}, between.low, between.high};
}

/// Visits `counted_digests` random hashes, the same for the same seed.
template <class Visit>
void draw_hashes(std::uint64_t seed, Visit&& visit) {
    random_stream draws(seed, "digests of a plan");
    for (std::uint64_t i = 0; i < counted_digests; ++i) {
        const std::uint64_t high = draws();
        const std::uint64_t middle = draws();
        visit(hash_value(high, middle, static_cast<std::uint32_t>(draws())));
    }
}

}  // namespace qslice::sim
