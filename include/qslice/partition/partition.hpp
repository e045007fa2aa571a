/// @file
/// The partition concept: which slice a digest belongs to.
/// Switchboards take one as a parameter; the other headers here are partitions.
#pragma once

#include <qslice/core/digest.hpp>

#include <concepts>
#include <cstdint>

namespace qslice {

/// The number of a slice, from 0.
using slice_index = std::uint32_t;

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
///
/// Law: slice_of depends on the digest's leading 64 bits alone, except that a partition into
/// ranges is exact to the last bit where a range ends. So whatever shares these bits shares a
/// slice, which the affinity policies stand on: of the 2^64 values that the bits can have, at
/// most slice_count() - 1 are cut by an end.
/// Every partition is a function of the digest and its own parameters, and of nothing that
/// happened before: all processes and machines that know the parameters agree.
/// @safety slice_of and owns may be called from any number of threads at once
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

/// Whether a partition's ranges cover the hash space without gap or overlap and slice_of finds
/// both ends of each.
/// @complexity linear in the number of slices
template <range_partition P>
constexpr bool covers_exactly(const P& p) noexcept {
    const std::uint64_t count = p.slice_count();
    digest next = digest::min();
    for (std::uint64_t k = 0; k < count; ++k) {
        const auto slice = static_cast<slice_index>(k);
        const digest_range range = p.range_of(slice);
        if (range.lower != next || range.upper < range.lower) return false;
        if (p.slice_of(range.lower) != slice || p.slice_of(range.upper) != slice) return false;
        next = range.upper.next();
    }
    return next == digest::min();
}

}  // namespace qslice
