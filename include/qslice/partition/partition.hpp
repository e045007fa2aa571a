/// @file
/// The partition concept: which slice a digest belongs to.
/// Switchboards take one as a parameter; the other headers here are partitions.
#pragma once

#include <qslice/core/digest.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace qslice {

/// The number of a slice, from 0.
using slice_index = std::uint32_t;

/// The largest number of slices that any partition takes.
inline constexpr std::uint64_t most_slices = std::uint64_t{1} << 32;

/// A slice count that is known only at run time, as std::dynamic_extent.
inline constexpr std::size_t dynamic_slices = std::numeric_limits<std::size_t>::max();

/// Both ends belong to the range.
struct digest_range {
    digest lower;
    digest upper;

    [[nodiscard]] constexpr bool contains(const digest& d) const noexcept {
        return lower <= d && d <= upper;
    }
    friend constexpr bool operator==(const digest_range&, const digest_range&) = default;
};

/// Divides the hash space among slices.
/// - `slice_count()`: how many, at least 1
/// - `slice_of(digest)`: the slice of a digest, below slice_count()
/// - `owns(slice, digest)`: whether a runner of that slice takes it. For every partition but
///   Mailman 3's this is slice_of(digest) == slice.
template <class P>
concept partition = std::copyable<P> && requires(const P& p, digest d, slice_index slice) {
    { p.slice_count() } -> std::convertible_to<std::uint64_t>;
    { p.slice_of(d) } -> std::same_as<slice_index>;
    { p.owns(slice, d) } -> std::same_as<bool>;
};

/// A partition into contiguous ranges, as Mailman's runners know them.
template <class P>
concept range_partition = partition<P> && requires(const P& p, slice_index slice) {
    { p.range_of(slice) } -> std::same_as<digest_range>;
};

/// Whether a partition's ranges cover the hash space without gap or overlap.
template <range_partition P>
constexpr bool covers_exactly(const P& p) noexcept {
    const auto count = static_cast<slice_index>(p.slice_count());
    digest next = digest::min();
    for (slice_index k = 0; k < count; ++k) {
        const digest_range range = p.range_of(k);
        if (range.lower != next || range.upper < range.lower) return false;
        if (p.slice_of(range.lower) != k || p.slice_of(range.upper) != k) return false;
        next = range.upper.next();
    }
    return next == digest::min();
}

}  // namespace qslice
