/// @file
/// A run's measures by name, and the scenario's requirements. "fifo.list.inversions = 0" in a
/// scenario file is checked here.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A kind of measure. A word in capitals is a placeholder: QUEUE for a queue's name, STAGE for
/// "delivery", "archiving", an effect or a queue, EFFECT for one that services report, SCOPE for
/// one of fifo_result's, GUARANTEE for one of known_guarantees(), FIGURE for one of
/// time_distribution's.
struct measure_info {
    std::string_view pattern;
    std::string_view unit;  ///< "s", "posts", ...; empty: a pure number
    std::string_view description;
    std::string_view without_mail{};  ///< of items that are not mail; empty: the same
};

/// All kinds.
std::span<const measure_info> known_measures();

/// What a measure is, in the words of this program's site.
std::string description_of(const measure_info& info);

/// The kind of a measure's name; null if there is none.
const measure_info* find_measure(std::string_view name);

/// Names of every kind for the standard queues, for suggestions.
std::vector<std::string> measure_names();

/// All measures of a run with otherwise complete results.
std::vector<measure> collect_measures(const run_index& index, const run_results& results);

/// Whether a requirement is met. It is not if the measure is missing or NaN.
requirement_result check_requirement(const requirement& wanted, std::span<const measure> measures);

}  // namespace qslice::sim
