/// @file
/// Order: what overtook what among deliveries, archivings and each queue's entries, within each
/// scope. overtaking.hpp finds the causes.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <vector>

namespace qslice::sim {

/// For "delivery", "archiving" and each kind of effect that services report (first effect against
/// acceptance) the scopes global, list, sender and thread; for each queue (first taking against
/// enqueue) queue, slice, list, sender and thread.
///
/// Items that never left are excluded: a held or lost post was not overtaken. Threads are those of
/// arrival::thread, regardless of the lists of their posts.
/// @complexity O(m log m) per stage and scope
std::vector<fifo_result> check_fifo(const run_index& index);

/// Ranks of acceptance and delivery of at most this many posts, evenly sampled; all posts if there
/// are no more.
std::vector<order_point> order_picture(const run_index& index, std::size_t most = 2'000);

}  // namespace qslice::sim
