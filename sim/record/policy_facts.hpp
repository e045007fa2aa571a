/// @file
/// What a site's policy is, as plain data: what its hash keeps together, how its order and stamps
/// work, and how each queue is divided. The site program, which has the types, states it in the
/// run record; checks ask it and never a name.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/affinity_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qslice::sim {

/// What is true of all queues.
struct policy_facts {
    affinity_kind keeps_together = affinity_kind::none;
    bool strict_order = false;       ///< entries come by their stamps, none past a later one
    bool increasing_stamps = false;  ///< no writer gives a stamp twice, or an earlier one
    bool first_stamps = true;  ///< entries keep the time at which their post came in (Mailman 2.1)
    double bump_s = 0;         ///< by which an entry whose stamp is taken is moved up; 0: never

    friend bool operator==(const policy_facts&, const policy_facts&) = default;
};

/// Evenly spaced hashes, whose slices show how several divisions of a queue lie to one another.
inline constexpr std::uint64_t sampled_hashes = 4096;

/// The middle of one of sampled_hashes equal parts of the hash space.
inline hash_value sampled_hash(std::uint64_t number) {
    return hash_value::fraction(2 * number + 1, 2 * sampled_hashes);
}

/// How runners that were started with so many slices divide a queue.
struct queue_division {
    std::uint32_t queue = 0;  ///< index of run_record::queues
    std::uint64_t slices = 1;
    std::vector<double> shares;  ///< that each slice is meant to get, of sum 1
    bool overlaps = false;       ///< two slices may own one entry
    /// The slice of each sampled_hash; empty where the queue has no other division.
    std::vector<std::uint32_t> samples;

    friend bool operator==(const queue_division&, const queue_division&) = default;
};

/// A slice that owns an entry beside entry_record::slice: by another division of its queue, or by
/// its own one, which overlaps.
struct further_owner {
    std::uint32_t entry = 0;   ///< index of run_record::entries
    std::uint64_t slices = 1;  ///< the division
    std::uint64_t slice = 0;

    friend bool operator==(const further_owner&, const further_owner&) = default;
};

}  // namespace qslice::sim
