/// @file
/// The ranges of Mailman 3, each of which overlaps its upper neighbour by one hash.
/// For queues shared with a running Mailman 3; otherwise use equal_ranges.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qslice {

/// Slice k of n is 2^160 k / n .. 2^160 (k+1) / n, both ends included, n a power of two.
///
/// Mailman 3 asserts the power of two. Under Python 3 its `/` yields a float, which for a power
/// of two is exact, and `- 1` is then lost in rounding, so that the upper end of a slice is the
/// lower end of the next: such a hash has two owners, which race for it. SHA-1 yields one of
/// these n - 1 hashes with a probability of (n - 1) / 2^160, but a name can be crafted.
/// @tparam Count  a power of two up to 2^32, or dynamic_slices
/// @complexity constant
/// @safety a plain value
/// @source Mailman 3.3.8 core/switchboard.py, Switchboard.__init__ and get_files
template <std::size_t Count = dynamic_slices>
class mailman3_ranges : public slices<Count> {
    static_assert(Count == dynamic_slices || std::has_single_bit(Count),
                  "Mailman 3 takes only a power of two as its number of slices");

public:
    static constexpr std::string_view name = "mailman3";

    using slices<Count>::slice_count;

    /// Neighbours share the hash at which they meet.
    static constexpr bool overlaps = Count != 1;

    constexpr mailman3_ranges() = default;

    /// @returns `malformed` unless count is a power of two up to 2^32
    static result<mailman3_ranges> make(std::uint64_t count) requires(Count == dynamic_slices) {
        if (count != 0 && !std::has_single_bit(count)) {
            return failure(error_code::malformed, "slices",
                           "expected a power of two, as Mailman 3 asserts, found " +
                               std::to_string(count) + " slices");
        }
        const auto checked = slices<>::make(count);
        if (!checked) return failure(checked.error());
        return mailman3_ranges(*checked);
    }

    /// The lowest slice that owns the hash.
    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        if (d == hash_value::min()) return 0;
        return static_cast<slice_index>(d.previous().scaled(slice_count(), 0));
    }

    /// Whether the slice takes the hash; where two slices meet, both do.
    [[nodiscard]] constexpr bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice == slice_of(d) || slice == d.scaled(slice_count(), 0);
    }

    /// @param slice  below slice_count()
    [[nodiscard]] constexpr hash_range range_of(slice_index slice) const noexcept {
        const std::uint64_t above = std::uint64_t{slice} + 1;
        return {hash_value::fraction(slice, slice_count()),
                above == slice_count() ? hash_value::max()
                                       : hash_value::fraction(above, slice_count())};
    }

private:
    explicit constexpr mailman3_ranges(slices<Count> count) noexcept : slices<Count>(count) {}
};

}  // namespace qslice
