/// @file
/// Compares alternatives by replicated simulation: the same random posts and service times for
/// all of them, so that their differences are seen sooner than their values.
#pragma once

#include "sim/study/alternatives.hpp"
#include "sim/study/estimate.hpp"
#include "sim/study/replications.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qslice::sim {

struct sweep_settings {
    std::vector<dimension> dimensions;
    std::vector<std::string> measures;  ///< of known_measures(): "latency.p99"
    replication_plan plan;
    bool remove_warm_up = true;  ///< posts before the latencies have settled, by MSER-5
    unsigned jobs = 1;
    std::function<void()> on_run;  ///< after each simulation, from any thread
    work_group* group = nullptr;   ///< processes that share the replications; null: alone
};

/// One alternative's results.
struct sweep_row {
    std::vector<std::string> values;  ///< of each dimension
    std::vector<estimate> measures;
    /// What it has more than the first alternative, by the differences of replications with the
    /// same random numbers. Of the first one itself: 0.
    std::vector<estimate> differences;
    std::uint64_t replications = 0;
    bool precise = false;  ///< each measure is as precise as wanted
    double warm_up = 0;    ///< posts left out, on average
};

struct sweep_result {
    std::vector<dimension> dimensions;
    std::vector<std::string> measures;
    std::vector<sweep_row> rows;
    std::uint64_t runs = 0;
};

/// Replication r of every alternative has a seed of its own that is the same for all of them;
/// each purpose draws from its own random stream, so that posts, service times and failures are
/// the same as far as the alternatives let them be.
/// @returns a function of base and settings, whatever the number of threads
[[nodiscard]] result<sweep_result> sweep(const scenario& base, const sweep_settings& settings);

/// The measures of one run of a scenario.
/// @param left_out  set to the number of posts that were left out as warm-up
[[nodiscard]] result<std::vector<double>> measure_run(const scenario& setting,
                                                      const std::vector<std::string>& measures,
                                                      bool remove_warm_up, std::uint64_t& left_out);

}  // namespace qslice::sim
