/// @file
/// The leading bits of a hash modulo the number of slices.
/// The simplest partition that does not consist of ranges; a yardstick for jump and rendezvous.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace qslice {

/// Slice = (leading 64 bits of the hash) mod n.
///
/// Even to n / 2^64. When n becomes n + 1, n/(n+1) of all hashes move, though 1/(n+1) would do.
/// @tparam Count  1 to 2^32, or dynamic_slices
/// @complexity constant; one division if the count is dynamic
/// @safety a plain value
template <std::size_t Count = dynamic_slices>
class modulo : public slices<Count> {
public:
    static constexpr std::string_view name = "modulo";

    using slices<Count>::slice_count;

    constexpr modulo() = default;
    explicit constexpr modulo(slices<Count> count) noexcept : slices<Count>(count) {}

    /// @returns `malformed` unless 1 <= count <= 2^32
    static result<modulo> make(std::uint64_t count) requires(Count == dynamic_slices) {
        return detail::make_of_count<modulo>(count);
    }

    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        return static_cast<slice_index>(d.high() % slice_count());
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
