/// @file
/// What the lab's measurements say to somebody who has to choose: for each thing that may matter
/// most, the policy that gives it at the least cost.
#pragma once

#include "sim/lab/measure_policies.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// One thing that may matter most, and what to take for it.
struct lab_advice {
    std::string wanted;  ///< "lists in order"
    std::string policy;
    std::string because;  ///< "max/mean 1.030, 99% within 14.1 s"
};

/// For one number of slices. Where order was not measured, nothing is said of it.
///
/// - even slices: the first policy that spreads messages independently and as evenly as chance
///   has it; between several of these chance alone decides, so that none is best;
/// - lists (senders, threads) in order: the one of which the fewest posts are overtaken, of these
///   the one with the least loaded fullest slice, of these the one that delivers soonest;
/// - little movement: the independent one of which the least moves to one slice more and one
///   fewer. Whole lists and senders are few, so that chance decides what of them moves.
[[nodiscard]] std::vector<lab_advice> advice_of(const lab_results& results, std::uint64_t slices);

}  // namespace qslice::sim
