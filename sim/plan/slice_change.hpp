/// @file
/// The effect of a change of the number of slices on a queue's entries: which part of the hash
/// space changes its slice, and which part a mixed set of runners does not take or takes twice.
/// Plans are based on it; no real queue is examined here.
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
/// For partitions into ranges it is exact: the fraction by the ranges' ideal ends k/n, from which
/// the actual ends differ by less than one in 2^160. For others it is counted.
struct hash_share {
    double value = 0;
    std::string fraction;  ///< "1/12"; empty: counted
    double low = 0;        ///< 95% confidence bounds if counted; otherwise `value`
    double high = 0;

    [[nodiscard]] bool exact() const { return !fraction.empty(); }
};

/// Entries that move from one slice to another, or stay in the one with the same number.
struct slice_move {
    slice_index from = 0;
    slice_index to = 0;
    hash_share share;
    std::optional<hash_range> range;  ///< for partitions into ranges
};

/// Which machine takes what while machines are changed one after another, if machine k runs slice
/// k.
struct rolling_step {
    std::uint64_t changed = 0;  ///< machines 0 to changed - 1 have the new number
    hash_share none;            ///< taken by no runner
    hash_share two;             ///< taken by two runners
};

/// Two divisions of one queue compared.
struct slice_change {
    any_partition before;
    any_partition after;
    std::vector<slice_move> moves;  ///< all non-empty ones, by `from` and `to`
    hash_share kept;                ///< the slice has the same number before and after
    hash_share moved;               ///< the rest
    /// The minimum movement: what the slices that exist before and after must give away so that
    /// each has its new share. Empty if shares are unknown.
    std::optional<hash_share> least;
    std::vector<rolling_step> rolling;  ///< each step between "none is changed" and "all are"
    std::uint64_t counted = 0;          ///< number of random hashes; 0: all shares are exact
};

/// Number of random hashes if shares must be counted.
inline constexpr std::uint64_t counted_digests = 1'000'000;

/// Compares two divisions.
/// @param seed  for the random hashes, if one of them does not consist of ranges
/// @complexity linear in the numbers of slices, or in `counted_digests` if it counts
[[nodiscard]] slice_change compare_divisions(const any_partition& before,
                                             const any_partition& after, std::uint64_t seed);

/// A part of the hash space that is not taken by exactly one runner.
struct wrong_part {
    std::vector<runner_choice> takers;  ///< none, or at least two
    hash_share share;
    std::optional<hash_range> range;
};

/// Which runners take the entries of one queue.
struct takers_result {
    hash_share none;
    hash_share one;
    hash_share several;
    std::vector<wrong_part> wrong;  ///< in the order of the hash space
    std::uint64_t counted = 0;
};

/// The division used by runners with this number of slices.
using division_maker = std::function<result<any_partition>(std::uint64_t slices)>;

/// What a set of runners of one queue takes, with any numbers of slices.
/// @returns the maker's error, with the runner as location; `malformed` if it makes a different
///          number of slices
/// @complexity linear in runners and in the distinct numbers of slices
[[nodiscard]] result<takers_result> find_takers(std::span<const runner_choice> running,
                                                const division_maker& division, std::uint64_t seed);

}  // namespace qslice::sim
