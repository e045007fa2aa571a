/// @file
/// Explanations in words: whether a split over machines is due to chance, and which slice an entry
/// is in. `qslice-sim explain` and the verdict of small runs use it.
#pragma once

#include "sim/check/chance.hpp"
#include "sim/check/run_results.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/partition.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The explanation of a split.
struct split_explanation {
    std::vector<std::uint64_t> seen;
    std::vector<double> shares;
    std::uint64_t total = 0;
    split_test test;  ///< probability of an outcome at least this unlikely
    std::uint64_t unused = 0;
    double p_unused = not_measured;  ///< probability that at least one machine gets nothing
    evidence against_chance = evidence::missing;
    bool chance = true;            ///< false: the evidence against it is strong
    std::uint64_t settled_by = 0;  ///< the least total number of messages at which the same test
                                   ///< would find strong evidence if the proportions persisted; 0:
                                   ///< never, the split is even
    std::uint64_t use_all_by = 0;  ///< total number of messages after which every machine has some,
                                   ///< except with probability surprise_alpha
    std::string text;              ///< sentences
};

/// @param seen  messages of each machine; machines not listed got none
/// @returns `malformed` for no machine, or for more counts than machines
result<split_explanation> explain_split(std::span<const std::uint64_t> seen, std::size_t machines);

/// The same with unequal shares, one per count, with sum 1.
/// @returns `malformed` if the numbers of shares and counts differ, or a share is negative
result<split_explanation> explain_split(std::span<const std::uint64_t> seen,
                                        std::span<const double> shares);

/// The explanation of an entry's slice.
struct entry_explanation {
    std::string base;  ///< name without directory and extension
    timestamp time;
    hash_value hash;
    double place = 0;  ///< in the hash space, 0 to 1
    slice_index slice = 0;
    std::uint64_t slices = 1;
    std::vector<slice_index> owners;  ///< more than one where ranges overlap
    std::optional<hash_range> range;  ///< range of the slice, if the partition has ranges
    std::string text;                 ///< sentences
};

/// @param file_name  with or without directory and extension
/// @returns `malformed` if it is not an entry's name
result<entry_explanation> explain_entry(std::string_view file_name, const any_partition& partition);

/// Of more counts than these a text has only the first ones.
inline constexpr std::size_t most_listed = 100;

/// "4, 3 and 0"; of more than `most_listed` the first ones, and between which numbers the others
/// are.
std::string in_words(std::span<const std::uint64_t> counts);

/// "1 in 6", "0.0003 %": a probability for people.
std::string probability_in_words(double p);

}  // namespace qslice::sim
