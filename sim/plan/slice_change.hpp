/// @file
/// What a change of the number of slices does to the entries of a queue: which part of the hash
/// space gets another slice, and which part a mixed set of runners leaves alone or takes twice.
/// Plans are made of it; nothing here looks at a real queue.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qslice::sim {

/// A part of the hash space.
///
/// Of partitions into ranges it is exact: the fraction of the ranges' ideal ends k/n, from which
/// the ends in whole hashes differ by less than one in 2^160. Of the others it is counted.
struct hash_share {
    double value = 0;
    std::string fraction;  ///< "1/12"; empty: counted
    double low = 0;        ///< with 95%, where it is counted; else `value`
    double high = 0;

    [[nodiscard]] bool exact() const { return !fraction.empty(); }
};

/// Entries that were in one slice and come into another, or into the one of the same number.
struct slice_move {
    slice_index from = 0;
    slice_index to = 0;
    hash_share share;
    std::optional<hash_range> range;  ///< of partitions into ranges
};

/// Who takes what while machines are changed one after another, where machine k runs slice k.
struct rolling_step {
    std::uint64_t changed = 0;  ///< machines 0 to changed - 1 have the new number
    hash_share none;            ///< what no runner takes
    hash_share two;             ///< what two runners take
};

/// Two divisions of one queue compared.
struct slice_change {
    any_partition before;
    any_partition after;
    std::vector<slice_move> moves;  ///< all that have entries, by `from` and `to`
    hash_share kept;                ///< the slice has the same number before and after
    hash_share moved;               ///< the rest
    /// What moves where as little as possible does: what the slices that there are before and
    /// after have to give away for each to have its new share. Nothing where shares are not known.
    std::optional<hash_share> least;
    std::vector<rolling_step> rolling;  ///< each step between "none is changed" and "all are"
    std::uint64_t counted = 0;          ///< hashes drawn at random; 0: all shares are exact
};

/// Digests that are drawn where shares have to be counted.
inline constexpr std::uint64_t counted_digests = 1'000'000;

/// Compares two divisions.
/// @param seed  for the hashes that are drawn, where one of them is not made of ranges
/// @complexity linear in the numbers of slices, or in `counted_digests` where it counts
[[nodiscard]] slice_change compare_divisions(const any_partition& before,
                                             const any_partition& after, std::uint64_t seed);

/// A part of the hash space that not exactly one runner takes.
struct wrong_part {
    std::vector<runner_choice> takers;  ///< none, or at least two
    hash_share share;
    std::optional<hash_range> range;
};

/// Who takes the entries of one queue.
struct takers_result {
    hash_share none;
    hash_share one;
    hash_share several;
    std::vector<wrong_part> wrong;  ///< in the order of the hash space
    std::uint64_t counted = 0;
};

/// The division that runners of so many slices have.
using division_maker = std::function<result<any_partition>(std::uint64_t slices)>;

/// What a set of runners of one queue takes, whatever numbers of slices they were started with.
/// @returns the maker's error, with the runner as its place; `malformed` when it makes another
///          number of slices
/// @complexity linear in runners and in the numbers of slices that differ
[[nodiscard]] result<takers_result> find_takers(std::span<const runner_choice> running,
                                                const division_maker& division, std::uint64_t seed);

}  // namespace qslice::sim
