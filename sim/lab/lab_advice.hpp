/// @file
/// Advice from the lab's measurements: for each possible priority, the policy that achieves it at
/// the lowest cost.
#pragma once

#include "sim/lab/measure_policies.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// A priority and the policy for it.
struct lab_advice {
    std::string wanted;  ///< "lists in order"
    std::string policy;
    std::string because;  ///< "max/mean 1.030, 99% within 14.1 s"
};

/// Advice for one number of slices; none about order if it was not measured.
///
/// - even slices: the first policy that spreads messages independently and as evenly as by chance;
///   several such policies differ only by chance, so none is best;
/// - lists (senders, threads) in order: the one with the fewest overtaken posts; of several, the
///   one with the least loaded fullest slice; of several, the one that delivers soonest;
/// - little movement: the independent one that moves the least to one slice more and one fewer.
///   Lists and senders are few, so their movement is a matter of chance.
[[nodiscard]] std::vector<lab_advice> advice_of(const lab_results& results, std::uint64_t slices);

}  // namespace qslice::sim
