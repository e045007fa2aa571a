/// @file
/// Equal contiguous ranges of the hash space, exact for every count: Mailman 2.1's slices.
/// The usual partition of a deployment.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qslice {

/// Slice k of n is floor(2^160 k / n) .. floor(2^160 (k+1) / n) - 1.
///
/// @tparam Count  1 to 2^32, or dynamic_slices for a count that make() takes at run time
/// @complexity slice_of: one multiplication, three with a probability of Count / 2^64;
///             range_of: two long divisions
/// @safety a plain value
/// @source Mailman 2.1 Switchboard.__init__; the mission's "first third, middle third, last third"
template <std::size_t Count = dynamic_slices>
class equal_ranges : public slices<Count> {
public:
    static constexpr std::string_view name = "equal";

    using slices<Count>::slice_count;

    constexpr equal_ranges() = default;
    explicit constexpr equal_ranges(slices<Count> count) noexcept : slices<Count>(count) {}

    /// @returns `malformed` unless 1 <= count <= 2^32
    static result<equal_ranges> make(std::uint64_t count) requires(Count == dynamic_slices) {
        return detail::make_of_count<equal_ranges>(count);
    }

    // d belongs to the largest k with floor(2^160 k / n) <= d, so with 2^160 k / n < d + 1: that
    // is floor(((d + 1) n - 1) / 2^160) = floor((d n + n - 1) / 2^160). (Scaling d alone, floor(
    // d n / 2^160), puts the lower end of a slice into the slice below if n does not divide
    // 2^160.) The hash's last 96 bits and the addend carry at most n - 1 into the product of its
    // leading 64, so if that cannot overflow the leading bits alone decide.
    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        const std::uint64_t count = slice_count();
        const detail::uint128 leading = detail::uint128(d.high()) * count;
        const std::uint64_t room = ~static_cast<std::uint64_t>(leading);
        if (room >= count - 1) [[likely]] {
            return static_cast<slice_index>(leading >> 64);
        }
        return static_cast<slice_index>(d.scaled(count, count - 1));
    }

    [[nodiscard]] constexpr bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// @param slice  below slice_count()
    [[nodiscard]] constexpr hash_range range_of(slice_index slice) const noexcept {
        const std::uint64_t count = slice_count();
        const std::uint64_t above = std::uint64_t{slice} + 1;
        return {hash_value::fraction(slice, count),
                above == count ? hash_value::max() : hash_value::fraction(above, count).previous()};
    }
};

static_assert(range_partition<equal_ranges<3>> && range_partition<equal_ranges<>>);
static_assert(covers_exactly(equal_ranges<1>{}) && covers_exactly(equal_ranges<3>{}) &&
              covers_exactly(equal_ranges<64>{}));
static_assert(equal_ranges<3>{}.slice_of(hash_value::fraction(1, 3)) == 1);
static_assert(equal_ranges<3>{}.slice_of(hash_value::fraction(1, 3).previous()) == 0);
static_assert(equal_ranges<3>{}.slice_of(hash_value::max()) == 2);

}  // namespace qslice
