/// @file
/// Evaluates counts of messages per slice: how well a hash policy and a partition balance, as text
/// and JSON. The subcommand `balance` prints it.
#pragma once

#include "sim/balance/measure_balance.hpp"
#include "sim/check/run_results.hpp"

#include <qslice/hash/affinity_kind.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// What a report compares the counts with.
struct balance_terms {
    std::string hash;
    std::string partition;
    std::vector<double> shares;  ///< of each slice by the partition
    std::vector<double> wanted;  ///< that each slice should get by its weight
    affinity_kind keeps_together = affinity_kind::none;
    std::uint64_t seed = 1;
};

/// @pre measure_balance() has accepted the choice
[[nodiscard]] balance_terms terms_of(const balance_choice& choice);

/// Compares the counts with the partition's shares and with chance.
///
/// With very many slices the distribution of the largest load (max_over_mean_expected,
/// max_over_mean_allowed) is not computed, since that would take minutes.
[[nodiscard]] queue_balance assess_balance(const balance_terms& terms,
                                           const balance_result& measured);

/// The options of the report.
struct balance_report_options {
    std::string source = "synthetic messages";  ///< "posts of FILE"
    bool times = true;  ///< with the times of this run, which differ between runs
};

/// A table of slices (if more than 32, only the fullest and the emptiest), the statistics, and a
/// sentence on whether the messages are spread as expected.
[[nodiscard]] std::string balance_text(const balance_terms& terms, const balance_result& measured,
                                       const queue_balance& balance,
                                       const balance_report_options& options);

/// All figures; null if not measured.
[[nodiscard]] nlohmann::ordered_json balance_json(const balance_terms& terms,
                                                  const balance_result& measured,
                                                  const queue_balance& balance,
                                                  const balance_report_options& options);

}  // namespace qslice::sim
