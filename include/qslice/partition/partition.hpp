/// @file
/// The partition concept: which slice a hash belongs to.
/// Switchboards take one as a parameter; the other headers here are partitions.
#pragma once

#include <qslice/core/hash_value.hpp>

#include <concepts>
#include <cstdint>

namespace qslice {

/// The number of a slice, from 0.
using slice_index = std::uint32_t;

/// Both ends belong to the range.
struct hash_range {
    hash_value lower;
    hash_value upper;

    [[nodiscard]] constexpr bool contains(const hash_value& d) const noexcept {
        return lower <= d && d <= upper;
    }
    friend constexpr bool operator==(const hash_range&, const hash_range&) = default;
};

/// Divides the hash space among slices.
/// - `slice_count()`: the number of slices, at least 1
/// - `slice_of(hash)`: the slice of a hash, below slice_count()
/// - `owns(slice, hash)`: whether a runner of that slice takes the hash: the slice is
///   slice_of(hash), or another one if slices overlap
///
/// Optional, for reports and simulations (see slice_shares.hpp):
/// - `overlaps`, a static bool, or a function of that name for a partition known only at run time:
///   whether two slices may own the same hash, as in Mailman 3. Default: no.
/// - `shares()`: the share of entries that each slice is meant to get. Default: the widths of the
///   ranges, or for other partitions the shares of evenly spaced hashes.
///
/// Law: slice_of depends only on the hash's leading 64 bits, except that a partition into ranges is
/// exact to the last bit at the end of a range. So hashes that share these bits share a slice, on
/// which the affinity policies rely: of the 2^64 values of the leading bits, at most
/// slice_count() - 1 are split by the end of a range.
/// Every partition is a function of the hash and its own parameters only, without history: all
/// processes and machines that know the parameters agree.
/// @safety slice_of and owns may be called from any number of threads at once
template <class P>
concept partition = std::copyable<P> && requires(const P& p, hash_value d, slice_index slice) {
    { p.slice_count() } -> std::convertible_to<std::uint64_t>;
    { p.slice_of(d) } -> std::same_as<slice_index>;
    { p.owns(slice, d) } -> std::same_as<bool>;
};

/// A partition into contiguous ranges, as Mailman's runners know them.
template <class P>
concept range_partition = partition<P> && requires(const P& p, slice_index slice) {
    { p.range_of(slice) } -> std::same_as<hash_range>;
};

/// Whether a partition's ranges cover the hash space without gap or overlap and slice_of finds
/// both ends of each.
/// @complexity linear in the number of slices
template <range_partition P>
constexpr bool covers_exactly(const P& p) noexcept {
    const std::uint64_t count = p.slice_count();
    hash_value next = hash_value::min();
    for (std::uint64_t k = 0; k < count; ++k) {
        const auto slice = static_cast<slice_index>(k);
        const hash_range range = p.range_of(slice);
        if (range.lower != next || range.upper < range.lower) return false;
        if (p.slice_of(range.lower) != slice || p.slice_of(range.upper) != slice) return false;
        next = range.upper.next();
    }
    return next == hash_value::min();
}

}  // namespace qslice
