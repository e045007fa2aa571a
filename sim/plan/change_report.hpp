/// @file
/// The effects of changing the number of slices, and a safe procedure for it, as text and JSON.
#pragma once

#include "sim/plan/slice_change.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/terminal.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
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

/// Both procedures for a change in words: the safe one in steps, and the live one.
[[nodiscard]] std::string procedures_text(const std::vector<procedure_step>& safe,
                                          const procedure_step& live, const text_style& style);

/// Adds both to the document of a change.
void add_procedures(nlohmann::ordered_json& document, const std::vector<procedure_step>& safe,
                    const procedure_step& live);

/// "1/4 (25.0%)", or "24.9% to 25.1%" if it is counted.
[[nodiscard]] std::string in_words(const hash_share& s);
[[nodiscard]] nlohmann::ordered_json share_json(const hash_share& s);

/// What a table that is cut at `most_rows` ends with, if it left out any of `all`.
[[nodiscard]] std::string left_out_text(std::size_t shown, std::size_t all);

/// Rows that a table of moves shows at most.
inline constexpr std::size_t most_rows = 20;

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
