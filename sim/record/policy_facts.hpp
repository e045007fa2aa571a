/// @file
/// The properties of a site's policy as plain data: what its hash keeps together, its order and
/// stamps, and the division of each queue. The site program, which has the types, states them in
/// the run record; checks use them and never a name.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/affinity_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qslice::sim {

/// The properties of all queues.
struct policy_facts {
    bool mail = true;  ///< items are mail: in/, archive/, held/ and others have Mailman's meaning
    affinity_kind keeps_together = affinity_kind::none;
    bool strict_order = false;       ///< entries are taken by stamp, never after a later one
    bool strict_by_key = false;      ///< the same of entries that the policy keeps together
    bool increasing_stamps = false;  ///< no writer reuses a stamp or uses an earlier one
    bool first_stamps = true;        ///< entries keep their post's arrival time (Mailman 2.1)
    double bump_s = 0;  ///< by which an entry with a duplicate stamp is moved; 0: never

    friend bool operator==(const policy_facts&, const policy_facts&) = default;
};

/// Evenly spaced hashes, whose slices relate several divisions of a queue.
inline constexpr std::uint64_t sampled_hashes = 4096;

/// The middle of one of sampled_hashes equal parts of the hash space.
inline hash_value sampled_hash(std::uint64_t number) {
    return hash_value::fraction(2 * number + 1, 2 * sampled_hashes);
}

/// How runners started with this number of slices divide a queue.
struct queue_division {
    std::uint32_t queue = 0;  ///< index of run_record::queues
    std::uint64_t slices = 1;
    std::vector<double> shares;  ///< share of the hash space of each slice, with sum 1
    std::vector<double> wanted;  ///< share that each slice should get by its weight, with sum 1
    bool overlaps = false;       ///< two slices may own the same entry
    /// The slice of each sampled_hash; empty if the queue has only one division.
    std::vector<std::uint32_t> samples;

    friend bool operator==(const queue_division&, const queue_division&) = default;
};

/// A slice that owns an entry in addition to entry_record::slice: by another division of its queue,
/// or by its own overlapping one.
struct further_owner {
    std::uint32_t entry = 0;   ///< index of run_record::entries
    std::uint64_t slices = 1;  ///< the division
    std::uint64_t slice = 0;

    friend bool operator==(const further_owner&, const further_owner&) = default;
};

}  // namespace qslice::sim
