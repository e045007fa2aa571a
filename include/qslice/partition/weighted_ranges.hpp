/// @file
/// Contiguous ranges of the hash space in proportion to integer weights, exact to the bit.
/// For machines of unequal strength; equal weights give exactly equal_ranges.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/detail/leading_index.hpp>
#include <qslice/partition/detail/table_bytes.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

namespace detail {

/// The sum of the weights; 0 if one of them is 0.
constexpr std::uint64_t sum_of_positive(std::span<const std::uint32_t> weights) noexcept {
    std::uint64_t sum = 0;
    for (const std::uint32_t weight : weights) {
        if (weight == 0) return 0;
        sum += weight;
    }
    return sum;
}

constexpr void fill_weighted_uppers(std::span<const std::uint32_t> weights,
                                    std::span<hash_value> uppers) noexcept {
    const std::uint64_t sum = sum_of_positive(weights);
    std::uint64_t below = 0;
    for (std::size_t k = 0; k + 1 < weights.size(); ++k) {
        below += weights[k];
        uppers[k] = hash_value::fraction(below, sum).previous();
    }
    uppers.back() = hash_value::max();
}

template <std::uint32_t... Weights>
struct weighted_table {
    std::array<hash_value, sizeof...(Weights)> uppers{};
    std::array<std::uint32_t, leading_index_size(sizeof...(Weights))> index{};

    constexpr weighted_table() {
        fill_weighted_uppers(std::array{Weights...}, uppers);
        fill_leading_index<hash_value>(uppers, index);
    }
};

template <>
struct weighted_table<> {
    std::vector<hash_value> uppers{hash_value::max()};
    std::vector<std::uint32_t> index = std::vector<std::uint32_t>(leading_index_size(1));
};

template <std::uint32_t... Weights>
struct weighted_storage {
    static_assert(((Weights != 0) && ...), "a slice's weight is at least 1");
    static_assert(sizeof...(Weights) <= most_tabled_slices, "at most 65536 weighted slices");
    static constexpr weighted_table<Weights...> table{};
};

template <>
struct weighted_storage<> {
    weighted_table<> table{};
};

}  // namespace detail

/// Slice k is floor(2^160 W(k) / W) .. floor(2^160 W(k+1) / W) - 1, where W(k) is the sum of the
/// weights before k and W the sum of all.
///
/// `weighted_ranges<3, 2, 1>` has a table made at compile time; `weighted_ranges<>` gets its
/// weights at run time from make() and has one slice until then.
/// @complexity slice_of: a lookup in a table of about 20 bytes per slice, constant on average over
///             evenly spread hashes, logarithmic at worst
/// @safety a plain value
template <std::uint32_t... Weights>
class weighted_ranges : detail::weighted_storage<Weights...> {
    using storage = detail::weighted_storage<Weights...>;

public:
    static constexpr std::string_view name = "weighted";

    constexpr weighted_ranges() = default;

    /// @param weights  one per slice: 1 to 65536 of them, each at least 1
    /// @returns `malformed` for any others
    static result<weighted_ranges> make(std::span<const std::uint32_t> weights) requires(
        sizeof...(Weights) == 0) {
        if (const auto count = slices<>::make(weights.size(), most_tabled_slices); !count) {
            return failure(count.error());
        }
        if (detail::sum_of_positive(weights) == 0) {
            return failure(error_code::malformed, "weights",
                           "expected weights of at least 1, found 0");
        }
        weighted_ranges ranges;
        ranges.table.uppers.resize(weights.size());
        ranges.table.index.resize(detail::leading_index_size(weights.size()));
        detail::fill_weighted_uppers(weights, ranges.table.uppers);
        detail::fill_leading_index<hash_value>(ranges.table.uppers, ranges.table.index);
        return ranges;
    }

    [[nodiscard]] static constexpr std::uint64_t slice_count() noexcept
        requires(sizeof...(Weights) != 0) {
        return sizeof...(Weights);
    }
    [[nodiscard]] constexpr std::uint64_t slice_count() const noexcept
        requires(sizeof...(Weights) == 0) {
        return storage::table.uppers.size();
    }

    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        return detail::first_not_below<hash_value>(storage::table.uppers, storage::table.index, d,
                                                   d.high());
    }
    [[nodiscard]] constexpr bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// The memory that it takes, including its tables, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const noexcept requires(sizeof...(Weights) == 0) {
        return sizeof(*this) + detail::table_bytes(storage::table.uppers, storage::table.index);
    }

    /// @param slice  below slice_count()
    [[nodiscard]] constexpr hash_range range_of(slice_index slice) const noexcept {
        const auto& uppers = storage::table.uppers;
        return {slice == 0 ? hash_value::min() : uppers[slice - 1].next(), uppers[slice]};
    }
};

}  // namespace qslice
