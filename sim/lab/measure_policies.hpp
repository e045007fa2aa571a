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

/// What is to be measured.
struct lab_choice {
    std::vector<lab_policy> policies = standard_lab_policies();
    std::vector<std::uint64_t> slices = {3, 4, 16};
    /// Order is measured by playing so many posts of the stream; 0: it is not.
    std::uint64_t simulated_posts = 3000;
    /// How busy the outgoing runners are in it, were the posts spread evenly: arrivals are so much
    /// faster or slower than in the stream.
    double load = 0.6;
    std::uint64_t seed = 1;
    bool times = true;  ///< measure speed and memory, which are not the same in every run
};

/// How evenly something is spread over slices, relative to each slice's share.
struct lab_spread {
    double max_over_mean = not_measured;
    double cv = not_measured;  ///< coefficient of variation
};

/// What moves when the number of slices changes.
struct lab_movement {
    std::uint64_t slices = 0;        ///< from now on
    double messages = not_measured;  ///< share of them that change their slice
    double keys = not_measured;      ///< share of what is kept together; else of messages
    double least = not_measured;     ///< share that has to move for even slices
};

/// How the order of delivery was kept in a simulation.
struct lab_order {
    std::uint64_t inversions = 0;
    std::uint64_t overtaken = 0;  ///< posts that a later one of their group overtook
    double overtaken_share = not_measured;
};

/// One policy with one number of slices.
struct lab_row {
    std::string policy;
    std::string partition;  ///< without the keys of bounded loads
    std::string setting;    ///< as policy.partition of a scenario takes it, with the keys
    std::uint64_t slices = 0;
    bool measured = false;  ///< false: the partition does not divide into so many

    // Of all messages of the stream.
    std::uint64_t keys = 0;   ///< what is kept together counts once
    bool independent = true;  ///< false: p_value speaks of the keys' popularity, not of a fault
    double p_value = not_measured;
    lab_spread messages;
    lab_spread bytes;
    /// The least max_over_mean that an assignment of whole keys can have: the largest key's share
    /// of the messages times the slices, at least 1.
    double unavoidable = not_measured;
    std::vector<lab_movement> movements;  ///< to one slice more, and to one fewer

    // Of the simulated posts.
    bool simulated = false;
    lab_order list;
    lab_order sender;
    lab_order thread;
    double delivery_p99_s = not_measured;
    bool pareto = false;  ///< no other row of these slices is better in balance or list order and
                          ///< at least as good in the other

    // Of this run of the program.
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

/// Measures.
///
/// All but the times is a function of choice and stream. Each simulation plays as many machines
/// as there are slices, each with one slice of every runner on a shared network file system, the
/// lists of scenario::list_defaults, and no digests.
/// @param jobs      simulations at once
/// @param progress  is told of each row that is done, by any thread; may be empty
/// @returns `malformed` for a stream without posts or a number of slices of 0
/// @complexity a hash of each message for each policy, and a simulation a row
[[nodiscard]] result<lab_results> measure_policies(const lab_choice& choice,
                                                   const message_stream& stream, unsigned jobs,
                                                   const std::function<void()>& progress = {});

/// Marks in each row whether it is Pareto-optimal in max_over_mean and overtaken_share of lists
/// among the rows of equal slices that were simulated.
void mark_pareto(std::vector<lab_row>& rows);

}  // namespace qslice::sim
