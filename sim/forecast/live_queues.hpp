/// @file
/// The entries that lie in a live site's queues, by their names alone. A forecast's simulation
/// starts from them.
#pragma once

#include "sim/record/standing_site.hpp"
#include "sim/site/queue_tree.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// One queue of a live site.
struct live_queue {
    std::string queue;
    std::vector<entry_name> entries;  ///< waiting or in hand, by stamp, then by hash
    std::uint64_t in_hand = 0;        ///< of these
    std::uint64_t skipped = 0;        ///< files that no runner takes as they are
};

/// Lists a tree's queues without opening or changing an entry. What cannot be read fails: a
/// forecast without a queue would be wrong.
/// @returns `not_found`, `denied` or `io`
/// @complexity O(m log m); 40 bytes of memory per entry
result<std::vector<live_queue>> list_live_queues(const diagnosis::queue_tree& tree);

}  // namespace qslice::sim
