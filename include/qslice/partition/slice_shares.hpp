/// @file
/// What a partition of any type, a user's own among them, does with the hash space: the share of
/// each slice, and whether slices overlap. Reports and simulations hold a queue against it.
#pragma once

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/partition/partition.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

namespace qslice {

/// Whether two slices of a partition may own one hash.
template <partition P>
constexpr bool slices_overlap(const P& p) noexcept {
    if constexpr (requires {
                      { p.overlaps() } -> std::convertible_to<bool>;
                  }) {
        return p.overlaps();
    } else if constexpr (requires {
                             { P::overlaps } -> std::convertible_to<bool>;
                         }) {
        return P::overlaps;
    } else {
        return false;
    }
}

/// The part of the hash space that lies in a range, both ends included: 0 to 1.
inline double width_of(const hash_range& range) noexcept {
    const auto position = [](const hash_value& d) {
        return detail::scaled(static_cast<double>(d.high()), -64) +
               detail::scaled(static_cast<double>(d.middle()), -128) +
               detail::scaled(static_cast<double>(d.low()), -160);
    };
    const hash_value end = range.upper.next();
    return (end == hash_value::min() ? 1 : position(end)) - position(range.lower);
}

namespace detail {

/// @pre one of them is positive
template <class Number>
std::vector<double> in_proportion(const std::vector<Number>& numbers) {
    std::vector<double> shares(numbers.begin(), numbers.end());
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= sum;
    return shares;
}

/// Shares of a million hashes, one from each equal part of the hash space. Within its part each is
/// drawn, since a partition may look at the low bits of the leading 64.
template <partition P>
std::vector<double> sampled_shares(const P& p) {
    constexpr int bits = 20;
    std::vector<std::uint64_t> counts(p.slice_count());
    for (std::uint64_t at = 0; at < std::uint64_t{1} << bits; ++at) {
        const std::uint64_t drawn = mix64(at * 0x9e3779b97f4a7c15);
        ++counts[p.slice_of({(at << (64 - bits)) | (drawn >> bits), 0, 0})];
    }
    return in_proportion(counts);
}

}  // namespace detail

/// The share of entries that each slice is meant to get, of sum 1.
///
/// Those that the partition states with `shares()`, else the widths of its ranges. For a
/// partition with neither: of a million hashes all over the hash space, so to about n / 1,000.
/// @complexity linear in the number of slices, or a million calls of slice_of
template <partition P>
std::vector<double> shares_of(const P& p) {
    if constexpr (requires {
                      { p.shares() } -> std::convertible_to<std::vector<double>>;
                  }) {
        return p.shares();
    } else if constexpr (range_partition<P>) {
        std::vector<double> shares(p.slice_count());
        for (std::size_t k = 0; k < shares.size(); ++k) {
            shares[k] = width_of(p.range_of(static_cast<slice_index>(k)));
        }
        return shares;
    } else {
        return detail::sampled_shares(p);
    }
}

/// The share of entries that each slice should get by its weight, of sum 1: equal ones unless
/// weights were given. A ring's own shares, see shares_of, differ from them.
///
/// Those that the partition states with `wanted_shares()`, else those of shares_of.
template <partition P>
std::vector<double> wanted_shares_of(const P& p) {
    if constexpr (requires {
                      { p.wanted_shares() } -> std::convertible_to<std::vector<double>>;
                  }) {
        return p.wanted_shares();
    } else {
        return shares_of(p);
    }
}

}  // namespace qslice
