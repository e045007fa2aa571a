/// @file
/// Hashes and slices any number of messages without queueing them, on all cores. Shows how evenly a
/// hash policy and a partition divide work, and how fast.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qslice::sim {

/// What to hash and slice.
struct balance_choice {
    std::string hash = "mailman21";     ///< for make_hash_policy
    std::string partition = "equal:3";  ///< for make_partition, with at most 2^24 slices
    std::uint64_t messages = 1'000'000;
    std::uint64_t seed = 1;

    /// Posts to hash with their own texts, lists and times; if there are more messages than posts,
    /// the stream is repeated at later times. Null: synthetic messages.
    const message_stream* stream = nullptr;

    // Synthetic messages: a unique number and filler. Lists, senders and threads matter to policies
    // that keep them together.
    std::uint32_t size_bytes = 64;  ///< at least 16; the median if size_sigma is given
    double size_sigma = 0;          ///< of the logarithm, for log-normal sizes up to 1 MiB
    std::uint64_t lists = 8;
    double list_popularity = 0.8;  ///< exponent of Zipf's law
    std::uint64_t senders = 300;
    double sender_activity = 0.9;  ///< exponent of Zipf's law
    double reply_share = 0.8;      ///< fraction of messages that belong to an earlier thread
    double per_second = 1000;      ///< by their time stamps
};

/// How many messages each slice got, and how long it took.
struct balance_result {
    // A function of the choice.
    std::vector<std::uint64_t> counts;  ///< per slice
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  ///< of the messages
    /// For a stream and a policy that keeps messages together: the key with the most of them.
    std::string largest_key;
    std::uint64_t largest_key_messages = 0;

    // Of this run.
    unsigned threads = 0;
    double wall_s = 0;
    double message_ns = 0;   ///< processor time per message: made, hashed, sliced and counted
    double raw_hash_ns = 0;  ///< processor time of the bare hash function on the same bytes
    double ratio = 0;        ///< ratio of both, on one sample of the messages
};

/// Counts the messages that each slice gets.
///
/// Message i depends only on choice and i, except for its thread, which is from its own chunk of
/// 65,536 messages; so the counts do not depend on the number of threads. One 64th of each chunk is
/// also hashed by the bare hash function, for comparison.
/// @param threads   at least 1
/// @param progress  called by any thread with the number of messages done since the last call; may
///     be empty
/// @returns counts and times; `malformed` with the name of the invalid choice
/// @complexity linear in messages; memory for threads * slices counts, not for messages
[[nodiscard]] result<balance_result> measure_balance(
    const balance_choice& choice, unsigned threads,
    const std::function<void(std::uint64_t)>& progress = {});

}  // namespace qslice::sim
