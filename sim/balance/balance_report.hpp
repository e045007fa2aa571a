/// @file
/// What counts of messages per slice say about hash policy and partition, for people and programs.
/// The subcommand `balance` prints it.
#pragma once

#include "sim/balance/measure_balance.hpp"
#include "sim/check/run_results.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim {

/// The counts against what the partition's shares and chance would give.
///
/// What chance gives for the largest load is not measured where that would take minutes
/// (max_over_mean_expected, max_over_mean_allowed): with very many slices.
/// @pre the choice is one that measure_balance() took
[[nodiscard]] queue_balance assess_balance(const balance_choice& choice,
                                           const balance_result& measured);

/// How the report is to be written.
struct balance_report_options {
    std::string source = "synthetic messages";  ///< "posts of FILE"
    bool times = true;  ///< with the times of this run, which no other run has
};

/// A table of slices (of the fullest and the emptiest where there are more than 32), the
/// statistics, and a sentence that says whether the messages are spread as they should be.
[[nodiscard]] std::string balance_text(const balance_choice& choice, const balance_result& measured,
                                       const queue_balance& balance,
                                       const balance_report_options& options);

/// All figures; what is not measured is null.
[[nodiscard]] nlohmann::ordered_json balance_json(const balance_choice& choice,
                                                  const balance_result& measured,
                                                  const queue_balance& balance,
                                                  const balance_report_options& options);

}  // namespace qslice::sim
