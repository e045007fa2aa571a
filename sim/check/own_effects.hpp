/// @file
/// Effects that a site's own services report: how many posts had each, again or not at all.
/// conservation.hpp accounts for deliveries and archivings, which every site of mail has.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <vector>

namespace qslice::sim {

/// One result for each kind of the record. Whether a post should have had an effect is for a
/// requirement to say: not every post of a site has to be charged.
/// @complexity linear in the record, for each kind
std::vector<effect_result> check_own_effects(const run_index& index);

}  // namespace qslice::sim
