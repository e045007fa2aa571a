/// @file
/// Compares alternatives by replicated simulation: the same random posts and service times for all
/// of them, so that differences are estimated more precisely than values.
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
    /// Whether to exclude the beginning, until latencies have settled (MSER-5 of their means over
    /// the replications): the same posts and time of all alternatives. It takes as many runs again,
    /// and excludes bursts and faults there as well.
    bool remove_warm_up = false;
    bool judge = false;  ///< whether rows say how requirements and guarantees fared
    unsigned jobs = 1;
    std::function<void()> on_run;  ///< after each simulation, from any thread
    work_group* group = nullptr;   ///< processes that share the replications; null: alone
};

/// How a requirement or a guarantee fared in the replications of an alternative.
struct sweep_judgement {
    std::string name;  ///< of a guarantee; a requirement as written
    bool is_guarantee = false;
    std::uint64_t decided = 0;     ///< replications in which it applied and was promised
    std::uint64_t failed = 0;      ///< of these, those in which it was not met or broken
    std::uint64_t first_seed = 0;  ///< the seed of the first of these
    std::string story;             ///< of that one
};

/// One alternative's results.
struct sweep_row {
    std::vector<std::string> values;  ///< one per dimension
    std::vector<estimate> measures;
    /// The difference from the first alternative, from replications with common random numbers. 0
    /// for the first one itself.
    std::vector<estimate> differences;
    /// Whether each difference is not due to chance at the wanted confidence, corrected for the
    /// number of differences of the whole sweep (Holm).
    std::vector<bool> differs;
    std::uint64_t replications = 0;
    std::uint64_t problems = 0;  ///< of these, those with a problem apart from requirements
    bool precise = false;        ///< each measure is precise enough
    std::vector<sweep_judgement> judgements;  ///< requirements, then guarantees, if wanted
};

struct sweep_result {
    std::vector<dimension> dimensions;
    std::vector<std::string> measures;
    std::vector<sweep_row> rows;
    std::uint64_t runs = 0;           ///< that were measured
    std::uint64_t warm_up_posts = 0;  ///< left out at the beginning of every run
    std::uint64_t posts = 0;          ///< of a run, if a warm-up is left out
};

/// Replication r has its own seed, the same for every alternative; each purpose draws from its own
/// random stream, so that posts, service times and failures are the same as far as the alternatives
/// permit.
/// @returns a function of base and settings, independent of the number of threads
[[nodiscard]] result<sweep_result> sweep(const scenario& base, const sweep_settings& settings);

}  // namespace qslice::sim
