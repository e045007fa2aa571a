/// @file
/// What became of an item that runners made several of: an image in three sizes, an order in parts.
/// conservation.hpp tells by it such a fan-out from work that was done twice, and an item of which
/// a part is missing from a complete one.
#pragma once

#include "sim/check/run_index.hpp"

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// The branches of an item, of a site that says in which queues its items end.
struct item_branches {
    std::uint64_t completions = 0;  ///< entries of it in end queues
    /// Of these, those that stem from work done again: of entries that a runner made in a second
    /// taking of the same entry, although the first taking had made them, or that entered again.
    std::uint64_t repeated = 0;
    /// A crash undid a part, and no other taking made it again; or the item is not in each end
    /// queue, although the site says that it ends in each.
    bool part_lost = false;
    std::vector<std::uint32_t> unfinished;  ///< entries left elsewhere that are no repetitions
};

/// Follows each entry of an item back to the one that its runner had in hand.
///
/// One taking of an entry may make any number of entries. Of several takings, that which made the
/// most in a queue says how many there should be, and each further one is a repetition. Entries
/// that a runner made of nothing in hand, such as later ones of a batch, count as one for each
/// queue.
/// @complexity quadratic in the entries of the item
[[nodiscard]] item_branches follow_branches(const run_index& index, std::uint32_t post);

}  // namespace qslice::sim
