/// @file
/// The effects of changing the number of slices, and a safe procedure for it, as text and JSON.
#pragma once

#include "sim/plan/slice_change.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/terminal.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace qslice::sim {

/// Which runners take the entries of a queue, for a given set of runners.
struct running_report {
    std::string runner;  ///< class name
    takers_result takers;
};

/// One step of a procedure.
struct procedure_step {
    std::string text;
    std::vector<std::string> commands;
};

/// The procedure for changing the number of slices of a non-empty queue so that each entry keeps
/// exactly one owner: stop all, check, change all, check, start all.
[[nodiscard]] std::vector<procedure_step> safe_procedure(const slice_change& change,
                                                         diagnosis::mailman_version version);

/// The same change where runners own their slices, while everything runs.
[[nodiscard]] procedure_step live_procedure(const slice_change& change,
                                            diagnosis::mailman_version version);

/// The change in words.
/// @param running  from --running; empty: the change of one machine after another is shown instead
[[nodiscard]] std::string change_text(const slice_change& change,
                                      const std::vector<running_report>& running,
                                      diagnosis::mailman_version version, const text_style& style);

/// The same with all details: every pair of slices, every part that is not taken exactly once.
[[nodiscard]] nlohmann::ordered_json change_json(const slice_change& change,
                                                 const std::vector<running_report>& running,
                                                 diagnosis::mailman_version version);

}  // namespace qslice::sim
