/// @file
/// The figures of a trace: how many posts, how bursty, how large, how many answer another. `trace
/// show` prints them.
#pragma once

#include "sim/stream/trace.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// What a trace consists of.
struct trace_figures {
    std::uint64_t posts = 0;
    std::uint64_t lists = 0;
    std::uint64_t senders = 0;
    double from_s = 0;
    double to_s = 0;
    double per_hour = 0;
    /// Variance of the posts per hour over their mean: 1 for a Poisson process. Not a number for a
    /// trace of less than two hours.
    double dispersion = 0;
    std::uint64_t busiest_hour = 0;  ///< posts, of the hours since the epoch
    std::uint64_t busiest_second = 0;
    double same_second = 0;      ///< share in the same second as the one before
    std::uint32_t size_p10 = 0;  ///< bytes; nearest rank
    std::uint32_t size_p50 = 0;
    std::uint32_t size_p90 = 0;
    std::uint32_t size_p99 = 0;
    double answers = 0;            ///< share that answers a post of the trace
    std::uint64_t without_id = 0;  ///< posts without a Message-ID
};

/// @param posts  at least one, in any order
/// @complexity O(m log m)
[[nodiscard]] trace_figures figures_of(std::vector<trace_post> posts);

[[nodiscard]] std::string figures_text(const trace_figures& f, const std::string& name);
[[nodiscard]] nlohmann::ordered_json figures_json(const trace_figures& f);

}  // namespace qslice::sim
