/// @file
/// A number of slices, known at compile time or at run time.
/// The partitions that need nothing but their count derive from it.
#pragma once

#include <qslice/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace qslice {

/// The maximum number of slices of a partition that computes slices.
inline constexpr std::uint64_t most_slices = std::uint64_t{1} << 32;

/// The maximum number of slices of a partition with a table.
inline constexpr std::uint64_t most_tabled_slices = std::uint64_t{1} << 16;

/// A slice count that is known only at run time, like std::dynamic_extent.
inline constexpr std::size_t dynamic_slices = std::numeric_limits<std::size_t>::max();

/// A number of slices that is a template argument: 1 to 2^32.
template <std::size_t Count = dynamic_slices>
class slices {
    static_assert(Count != 0, "a queue needs at least one slice: the slice count is 0");
    static_assert(Count <= most_slices, "a queue has at most 2^32 slices");

public:
    [[nodiscard]] static constexpr std::uint64_t slice_count() noexcept { return Count; }
};

/// A number of slices that is known at run time. One by default.
template <>
class slices<dynamic_slices> {
public:
    constexpr slices() = default;

    /// @returns `malformed` unless 1 <= count <= most
    static result<slices> make(std::uint64_t count, std::uint64_t most = most_slices) {
        if (count == 0 || count > most) {
            return failure(error_code::malformed, "slices",
                           "expected 1 to " + std::to_string(most) + " slices, found " +
                               std::to_string(count));
        }
        return slices(count);
    }

    [[nodiscard]] constexpr std::uint64_t slice_count() const noexcept { return count_; }

private:
    explicit constexpr slices(std::uint64_t count) noexcept : count_(count) {}

    std::uint64_t count_ = 1;
};

namespace detail {

/// A partition with this number of slices, or the reason why there is none.
template <class Partition>
result<Partition> make_of_count(std::uint64_t count, std::uint64_t most = most_slices) {
    const auto checked = slices<>::make(count, most);
    if (!checked) return failure(checked.error());
    return Partition(*checked);
}

}  // namespace detail

}  // namespace qslice
