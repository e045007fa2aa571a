/// @file
/// Equal contiguous ranges of the hash space, exact for every count: Mailman 2.1's slices.
/// The partition that deployments use.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace qslice {

namespace detail {

/// Slice k of n is floor(2^160 k / n) .. floor(2^160 (k+1) / n) - 1, so d belongs to the
/// largest k with 2^160 k / n < d + 1, which is floor(((d + 1) n - 1) / 2^160). (Scaling d
/// itself, floor(d n / 2^160), puts the lower end of a slice into the slice below wherever n
/// does not divide 2^160.)
constexpr slice_index equal_slice_of(const digest& d, std::uint64_t count) noexcept {
    return static_cast<slice_index>(d.scaled(count, count - 1));
}

constexpr digest_range equal_range_of(slice_index slice, std::uint64_t count) noexcept {
    const std::uint64_t above = std::uint64_t{slice} + 1;
    return {digest::fraction(slice, count),
            above == count ? digest::max() : digest::fraction(above, count).previous()};
}

}  // namespace detail

/// Equal ranges, their number a template argument.
/// @complexity slice_of: three multiplications; range_of: a long division
/// @safety a plain value
/// @source Mailman 2.1 Switchboard.__init__; the mission's "first third, middle third, last third"
template <std::size_t Count = dynamic_slices>
class equal_ranges {
    static_assert(Count != 0, "a queue needs at least one slice: equal_ranges<0>");
    static_assert(Count <= most_slices, "a queue has at most 2^32 slices");

public:
    [[nodiscard]] static constexpr std::uint64_t slice_count() noexcept { return Count; }
    [[nodiscard]] static constexpr slice_index slice_of(const digest& d) noexcept {
        return detail::equal_slice_of(d, Count);
    }
    [[nodiscard]] static constexpr bool owns(slice_index slice, const digest& d) noexcept {
        return slice_of(d) == slice;
    }
    /// @param slice  below slice_count()
    [[nodiscard]] static constexpr digest_range range_of(slice_index slice) noexcept {
        return detail::equal_range_of(slice, Count);
    }
};

/// Equal ranges, their number known at run time. One slice by default.
template <>
class equal_ranges<dynamic_slices> {
public:
    constexpr equal_ranges() = default;

    /// @returns `malformed` unless 1 <= count <= 2^32
    static result<equal_ranges> make(std::uint64_t count) {
        if (count == 0 || count > most_slices) {
            return failure(error_code::malformed, "slices",
                           "expected 1 to 2^32 slices, found " + std::to_string(count));
        }
        return equal_ranges(count);
    }

    [[nodiscard]] constexpr std::uint64_t slice_count() const noexcept { return count_; }
    [[nodiscard]] constexpr slice_index slice_of(const digest& d) const noexcept {
        return detail::equal_slice_of(d, count_);
    }
    [[nodiscard]] constexpr bool owns(slice_index slice, const digest& d) const noexcept {
        return slice_of(d) == slice;
    }
    /// @param slice  below slice_count()
    [[nodiscard]] constexpr digest_range range_of(slice_index slice) const noexcept {
        return detail::equal_range_of(slice, count_);
    }

private:
    explicit constexpr equal_ranges(std::uint64_t count) : count_(count) {}

    std::uint64_t count_ = 1;
};

static_assert(range_partition<equal_ranges<3>> && range_partition<equal_ranges<>>);
static_assert(covers_exactly(equal_ranges<3>{}) && covers_exactly(equal_ranges<7>{}));
static_assert(equal_ranges<3>::slice_of(digest::fraction(1, 3)) == 1);
static_assert(equal_ranges<3>::slice_of(digest::fraction(1, 3).previous()) == 0);
static_assert(equal_ranges<3>::slice_of(digest::max()) == 2);

}  // namespace qslice
