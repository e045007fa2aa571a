/// @file
/// How evenly entries went to slices and deliveries to machines, in counts, work and backlog.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <cstdint>

namespace qslice::sim {

/// The balance of a queue, compared with the shares of its partition.
/// @param queue  index of run_record::queues
/// @complexity O(m log m) in the number of the record's entries
queue_balance check_balance(const run_index& index, std::uint32_t queue);

/// Deliveries by machine, compared with the shares of its slices of out/.
delivery_split check_deliveries(const run_index& index);

}  // namespace qslice::sim
