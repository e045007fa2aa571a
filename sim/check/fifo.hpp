/// @file
/// Who overtook whom: the order of deliveries, archivings and of each queue, within each scope.
/// overtaking.hpp tells why.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <vector>

namespace qslice::sim {

/// For "delivery" and "archiving" (first effect against acceptance) the scopes global, list,
/// sender and thread; for each queue (first taking against enqueue) queue, slice, list, sender
/// and thread.
///
/// What never came out is left out: a post that is held or lost is not one that was overtaken.
/// A thread is that of arrival::thread, whatever the lists of its posts.
/// @complexity O(m log m) for each
std::vector<fifo_result> check_fifo(const run_index& index);

/// Ranks of acceptance and delivery of at most so many posts, evenly chosen; the whole order
/// where there are no more.
std::vector<order_point> order_picture(const run_index& index, std::size_t most = 2'000);

}  // namespace qslice::sim
