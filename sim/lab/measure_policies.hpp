/// @file
/// Measures policies side by side on one stream: speed, balance, order, movement and memory.
/// lab_report.hpp writes the table, frontier_plot.hpp draws order against balance.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/lab/lab_policies.hpp"
#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qslice::sim {

/// What to measure.
struct lab_choice {
    std::vector<lab_policy> policies = standard_lab_policies();
    std::vector<std::uint64_t> slices = {3, 4, 16};
    /// Order is measured by playing this many posts of the stream; 0: not measured.
    std::uint64_t simulated_posts = 3000;
    /// How busy the outgoing runners would be with evenly spread posts: arrivals are sped up or
    /// slowed down accordingly.
    double load = 0.6;
    std::uint64_t seed = 1;
    bool times = true;  ///< measure speed and memory, which differ between runs
};

/// How evenly something is spread over slices, relative to the share that each should get: equal
/// ones, or by the weights.
struct lab_spread {
    double max_over_mean = not_measured;
    double cv = not_measured;  ///< coefficient of variation
};

/// The movement when the number of slices changes.
struct lab_movement {
    std::uint64_t slices = 0;        ///< from now on
    double messages = not_measured;  ///< share of messages that change their slice
    double keys = not_measured;   ///< share of keys that are kept together; otherwise of messages
    double least = not_measured;  ///< minimum share that must move for even slices
};

/// How well the order was kept in a simulation.
struct lab_order {
    std::uint64_t inversions = 0;
    std::uint64_t overtaken = 0;  ///< posts overtaken by a later one of their group
    double overtaken_share = not_measured;
};

/// One policy with one number of slices.
struct lab_row {
    std::string policy;
    std::string partition;  ///< without the keys of bounded loads
    std::string setting;    ///< as for policy.partition of a scenario, with the keys
    std::uint64_t slices = 0;
    bool measured = false;  ///< false: the partition does not divide into this number

    // For all messages of the stream.
    std::uint64_t keys = 0;         ///< messages that are kept together count once
    bool independent = true;        ///< false: p_value reflects the keys' popularity, not a problem
    double p_value = not_measured;  ///< against the partition's own shares
    double even_p_value = not_measured;  ///< against the wanted shares
    lab_spread messages;
    lab_spread bytes;
    /// The minimum max_over_mean of any assignment of whole keys: the largest key's share of the
    /// messages times the number of slices, at least 1.
    double unavoidable = not_measured;
    std::vector<lab_movement> movements;  ///< to one slice more, and to one fewer

    // For the simulated posts.
    bool simulated = false;
    lab_order list;
    lab_order sender;
    lab_order thread;
    double delivery_p99_s = not_measured;
    bool pareto = false;  ///< no other row with this number of slices is better in balance or list
                          ///< order and at least as good in the other

    // For this run of the program.
    double message_ns = not_measured;    ///< hash and slice of one message
    double partition_ns = not_measured;  ///< of that, the slice of a hash
    std::uint64_t memory_bytes = 0;      ///< of the partition
};

/// The measurements of all policies with all numbers of slices.
struct lab_results {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lists = 0;
    std::uint64_t senders = 0;
    std::uint64_t simulated_posts = 0;
    std::vector<lab_row> rows;  ///< by number of slices, then in the order of the policies
};

/// Measures all policies.
///
/// Everything except times depends only on choice and stream. Each simulation plays as many
/// machines as there are slices, each with one slice of every runner on a shared network file
/// system, the lists of scenario::list_defaults, and no digests.
/// @param jobs      number of concurrent simulations
/// @param progress  called after each row, by any thread; may be empty
/// @returns `malformed` for a stream without posts or a number of slices of 0
/// @complexity a hash per message and policy, and a simulation per row
[[nodiscard]] result<lab_results> measure_policies(const lab_choice& choice,
                                                   const message_stream& stream, unsigned jobs,
                                                   const std::function<void()>& progress = {});

/// Marks in each row whether it is Pareto-optimal in max_over_mean and overtaken_share of lists
/// among the simulated rows with the same number of slices.
void mark_pareto(std::vector<lab_row>& rows);

}  // namespace qslice::sim
