/// @file
/// The hashes of a stream's items as a site gives them when they enter, without a simulation.
/// Measurements that need neither queues nor time count and compare them.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/hash_value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace qslice::sim {

/// A function of the program, the stream and the number of items, but for the times.
struct hashed_items {
    std::vector<hash_value> hashes;
    std::uint64_t bytes = 0;  ///< of the messages in files
    // Of this run.
    double wall_s = 0;
    double item_ns = 0;  ///< processor time per item: made, written as a file's bytes and hashed
};

/// Hashes items as the site's writer would.
/// @param setting   for the properties of lists
/// @param stream    with at least one item
/// @param count     if there are more than the stream has, it is repeated at later times
/// @param progress  called by any thread with the number of items done since the last call; may be
///     empty
[[nodiscard]] hashed_items hash_items(const site_program& program, const scenario& setting,
                                      const message_stream& stream, std::uint64_t count,
                                      unsigned threads,
                                      const std::function<void(std::uint64_t)>& progress = {});

/// How many of these each slice gets.
/// @param slices  of the division
[[nodiscard]] std::vector<std::uint64_t> count_by_slice(const std::vector<hash_value>& hashes,
                                                        const site_program::division& division,
                                                        std::uint64_t slices);

/// The items that are kept together and the most.
struct largest_key {
    std::size_t first = 0;  ///< the first of them
    std::uint64_t items = 0;
};

/// @param hashes  of a policy that keeps items together: by their leading 64 bits
/// @complexity n log n
[[nodiscard]] largest_key find_largest_key(const std::vector<hash_value>& hashes);

}  // namespace qslice::sim
