/// @file
/// A site's guarantees, each with its statement, its assumptions and its check. docs/guarantees.md
/// shows which policies make which.
#pragma once

#include "sim/check/run_index.hpp"
#include "sim/check/run_results.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A guarantee, independent of a run.
struct guarantee_info {
    std::string_view name;
    std::string_view statement;
    std::string_view assumptions;  ///< "no crash; ..."; empty: none
    /// Whether a run's policy keeps it if its assumptions are met; never null.
    bool (*promised_by)(const run_record&) = nullptr;
};

/// All of them, in the order of docs/guarantees.md.
std::span<const guarantee_info> known_guarantees();

/// The guarantee with that name; null if there is none.
const guarantee_info* find_guarantee(std::string_view name);

/// The limits in the guarantees' statements.
struct guarantee_limits {
    double starvation_s = 3600;  ///< how long later entries may be taken before an entry
    double write_s = 1;          ///< maximum duration of an enqueue, from stamp to rename
};

/// Checks each guarantee against a run.
/// @param results  with conservation and fifo filled in
/// @complexity O(m log m) in the record's entries
std::vector<guarantee_result> check_guarantees(const run_index& index, const run_results& results,
                                               const guarantee_limits& limits = {});

/// How a guarantee was broken: what was observed, and the counterexample, in lines.
[[nodiscard]] std::string story_of(const guarantee_result& broken);

}  // namespace qslice::sim
