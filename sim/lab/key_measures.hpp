/// @file
/// What the hashes of a stream's messages say of a policy, without a simulation: how evenly a
/// division spreads them, and which of them move when it changes. The lab's rows are made of it.
#pragma once

#include "sim/lab/measure_policies.hpp"
#include "sim/record/message_stream.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The hashes of all messages of a stream under one hash policy.
struct hashed_stream {
    std::vector<hash_value> hashes;
    std::vector<std::uint64_t> key_of;  ///< equal for messages that are kept together
    std::uint64_t keys = 0;
    std::uint64_t largest_key = 0;  ///< number of messages with the most frequent key
};

/// @param together  the policy keeps messages together, by the leading 64 bits of their hashes
[[nodiscard]] hashed_stream with_keys(std::vector<hash_value> hashes, bool together);

/// Hashes each message of a stream once.
/// @param hash  for make_hash_policy, which accepts it
[[nodiscard]] hashed_stream hash_all(const message_stream& stream, const std::string& hash);

/// A policy whose partition needs loads, with those of the first half of the stream: a site that
/// publishes a table only knows the past. Others are unchanged.
[[nodiscard]] lab_policy with_known_loads(lab_policy policy, const hashed_stream& hashed);

/// How a number of slices divides the hash space.
struct lab_division {
    std::function<std::uint32_t(const hash_value&)> slice_of;
    std::vector<double> shares;  ///< of each slice, by the partition
    std::vector<double> wanted;  ///< by its weight
};

[[nodiscard]] lab_division division_of(const any_partition& partition);

/// Fills in keys, p-values, spreads and what is unavoidable.
/// @pre row.slices are the division's
void measure_keys(const hashed_stream& hashed, const message_stream& stream,
                  const lab_division& division, std::uint64_t seed, lab_row& row);

/// @param slices_before  of the division `before`
[[nodiscard]] lab_movement movement_between(const hashed_stream& hashed, const lab_division& before,
                                            std::uint64_t slices_before, const lab_division& after,
                                            std::uint64_t slices_after);

}  // namespace qslice::sim
