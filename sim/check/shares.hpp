/// @file
/// The part of the hash space that each slice of a partition has.
/// Balance is measured against it.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// The partition that divides a queue: a scenario's "equal" takes the number of slices from the
/// queue, "weighted:3,2,1" has its own.
/// @returns `malformed` for a text that make_partition does not take
result<any_partition> partition_of(const policy_choice& policy, std::uint64_t slices);

/// Each slice's share, of sum 1.
///
/// Exact for ranges and wherever slices are drawn in proportion to weights; of a ring from a
/// million evenly spaced digests, so to about n / 10,000.
std::vector<double> shares_of(const any_partition& partition);

/// Whether a hash policy of that name keeps messages together, so that entries are not spread
/// independently of one another.
bool keeps_together(std::string_view hash_policy);

}  // namespace qslice::sim
