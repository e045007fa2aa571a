/// @file
/// Jump consistent hash: a slice is added at the end with the least possible movement.
/// A partition without a table, for sites whose number of machines grows.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace qslice {

/// When n becomes n + 1, 1/(n+1) of all hashes move, and only to the new slice. Only the last slice
/// can be removed; rendezvous can retire any.
/// @tparam Count  1 to 2^32, or dynamic_slices
/// @complexity ln(n) steps on average, each with a division
/// @safety a plain value; exact IEEE arithmetic, the same on every platform
/// @source J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm",
///         arXiv 1406.2294, on the hash's leading 64 bits
template <std::size_t Count = dynamic_slices>
class jump : public slices<Count> {
public:
    static constexpr std::string_view name = "jump";

    using slices<Count>::slice_count;

    constexpr jump() = default;
    explicit constexpr jump(slices<Count> count) noexcept : slices<Count>(count) {}

    /// @returns `malformed` unless 1 <= count <= 2^32
    static result<jump> make(std::uint64_t count) requires(Count == dynamic_slices) {
        return detail::make_of_count<jump>(count);
    }

    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        const auto count = static_cast<double>(slice_count());
        std::uint64_t state = d.high();
        std::int64_t slice = 0;
        for (;;) {
            // The next slice count at which this hash moves; it may exceed every integer, so it
            // stays a double until it is known to be below the count.
            state = state * 2862933555777941757u + 1;
            const double draw = static_cast<double>(static_cast<std::int64_t>(state >> 33) + 1);
            const double next = static_cast<double>(slice + 1) * (0x1p31 / draw);
            if (next >= count) return static_cast<slice_index>(slice);
            slice = static_cast<std::int64_t>(next);
        }
    }
    [[nodiscard]] constexpr bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// Equal ones.
    [[nodiscard]] std::vector<double> shares() const {
        const std::uint64_t count = slice_count();
        return std::vector<double>(count, 1.0 / static_cast<double>(count));
    }
};

}  // namespace qslice
