/// @file
/// Finds the first of many ascending bounds that is not below a hash, usually with one lookup.
/// The partitions with tables build on it.
#pragma once

#include <qslice/core/hash_value.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace qslice::detail {

/// The lowest bound that has these leading 64 bits.
template <class Bound>
constexpr Bound lowest_with(std::uint64_t leading) noexcept {
    return Bound(leading);
}
template <>
constexpr hash_value lowest_with<hash_value>(std::uint64_t leading) noexcept {
    return {leading, 0, 0};
}

/// An index with at least four buckets per bound: the leading bits choose a bucket, which knows the
/// first bound that its lowest value may need. Two neighbours limit the search.
constexpr std::size_t leading_index_size(std::size_t bounds) noexcept {
    return std::bit_ceil(4 * bounds) + 1;
}

/// @param bounds  ascending, the last one the maximum value
/// @param index   room for leading_index_size(bounds.size())
template <class Bound>
constexpr void fill_leading_index(std::span<const Bound> bounds,
                                  std::span<std::uint32_t> index) noexcept {
    const std::size_t buckets = index.size() - 1;
    const int shift = 64 - std::countr_zero(buckets);
    std::uint32_t at = 0;
    for (std::size_t b = 0; b < buckets; ++b) {
        while (bounds[at] < lowest_with<Bound>(std::uint64_t{b} << shift)) ++at;
        index[b] = at;
    }
    index[buckets] = static_cast<std::uint32_t>(bounds.size() - 1);
}

/// The index of the first bound that is not below `key`.
/// @param leading  the leading 64 bits of `key`
/// @complexity constant on average over evenly spread keys, logarithmic at worst
template <class Bound>
constexpr std::uint32_t first_not_below(std::span<const Bound> bounds,
                                        std::span<const std::uint32_t> index, const Bound& key,
                                        std::uint64_t leading) noexcept {
    const std::size_t bucket = leading >> (64 - std::countr_zero(index.size() - 1));
    const std::uint32_t first = index[bucket];
    const std::uint32_t last = index[bucket + 1];
    if (first == last) [[likely]] {
        return first;
    }
    const auto begin = bounds.begin();
    return static_cast<std::uint32_t>(std::lower_bound(begin + first, begin + last, key) - begin);
}

}  // namespace qslice::detail
