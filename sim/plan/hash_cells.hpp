/// @file
/// The hash space divided at the ends of several partitions' ranges, in exact rational numbers.
/// slice_change.cpp sums shares over these cells.
#pragma once

#include <qslice/partition/any_partition.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace qslice::sim {

using exact_number = boost::multiprecision::cpp_rational;

/// The ideal upper ends of a partition's ranges, as fractions of the hash space: 1/3, 2/3, 1. The
/// first hash of slice k is the previous end times 2^160, rounded down.
/// @returns empty for a partition that does not consist of ranges
inline std::optional<std::vector<exact_number>> range_ends(const any_partition& p) {
    const auto weights = p.weights();
    if (!p.range_of(0) || !weights) return std::nullopt;
    std::uint64_t sum = 0;
    for (const std::uint32_t w : *weights) sum += w;
    std::vector<exact_number> ends;
    std::uint64_t below = 0;
    for (const std::uint32_t w : *weights) ends.emplace_back(below += w, sum);
    return ends;
}

/// Calls visit(width, slices) for each interval of the hash space in which no range of these
/// partitions ends, in ascending order; slices[i] is its slice in the i-th partition.
/// @param ends  of range_ends, at least one
/// @complexity the sum of the numbers of slices, times the number of partitions
template <class Visit>
void for_each_cell(std::span<const std::vector<exact_number>> ends, Visit&& visit) {
    std::vector<std::size_t> slices(ends.size(), 0);
    exact_number from = 0;
    while (from < 1) {
        const exact_number* to = &ends[0][slices[0]];
        for (std::size_t i = 1; i < ends.size(); ++i) {
            if (ends[i][slices[i]] < *to) to = &ends[i][slices[i]];
        }
        const exact_number end = *to;
        visit(exact_number(end - from), std::span<const std::size_t>(slices));
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (ends[i][slices[i]] == end) ++slices[i];
        }
        from = end;
    }
}

/// The intersection of two ranges.
/// @pre it is not empty
inline hash_range common_range(const hash_range& a, const hash_range& b) {
    return {std::max(a.lower, b.lower), std::min(a.upper, b.upper)};
}

}  // namespace qslice::sim
