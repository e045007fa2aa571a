/// @file
/// The numbers of a run by their names, and what a scenario requires of them.
/// "fifo.list.inversions = 0" in a scenario file is checked here.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A kind of measure. A word in capitals stands for one of several: QUEUE for a queue's name,
/// STAGE for "delivery", "archiving" or a queue, SCOPE for one of fifo_result's, GUARANTEE for
/// one of known_guarantees(), FIGURE for one of time_distribution's.
struct measure_info {
    std::string_view pattern;
    std::string_view unit;  ///< "s", "posts", ...; empty: a pure number
    std::string_view description;
};

/// All kinds.
std::span<const measure_info> known_measures();

/// The kind that a name is of; null where there is none.
const measure_info* find_measure(std::string_view name);

/// Names of every kind for the standard queues, to suggest the nearest one to a wrong name.
std::vector<std::string> measure_names();

/// All measures of a run whose other results are filled in.
std::vector<measure> collect_measures(const run_index& index, const run_results& results);

/// Whether a requirement is met. One on a measure that is not there, or is not a number, is not.
requirement_result check_requirement(const requirement& wanted, std::span<const measure> measures);

}  // namespace qslice::sim
