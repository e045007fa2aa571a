/// @file
/// Rendezvous hashing: every slice draws a number for a hash, and the highest takes it.
/// Any slice, not only the last, can be added, removed or reweighted with the least movement.
#pragma once

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/detail/table_bytes.hpp>
#include <qslice/partition/detail/virtual_node.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/partition/slices.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace qslice {

namespace detail {

/// One draw of a slice, which has as many draws as its weight.
struct rendezvous_draw {
    std::uint64_t salt = 0;
    slice_index slice = 0;
};

template <std::size_t Count>
constexpr std::array<rendezvous_draw, Count> equal_draws() noexcept {
    std::array<rendezvous_draw, Count> draws;
    for (slice_index k = 0; k < Count; ++k) draws[k] = {node_salt(k, 0), k};
    return draws;
}

constexpr slice_index highest_draw(std::span<const rendezvous_draw> draws,
                                   std::uint64_t key) noexcept {
    slice_index slice = draws.front().slice;
    std::uint64_t highest = mix64(key ^ draws.front().salt);
    for (std::size_t k = 1; k < draws.size(); ++k) {
        const std::uint64_t drawn = mix64(key ^ draws[k].salt);
        if (drawn > highest) {
            highest = drawn;
            slice = draws[k].slice;
        }
    }
    return slice;
}

}  // namespace detail

/// The slice whose draw, mixed from the hash's leading 64 bits and the slice's number, is the
/// highest.
/// @tparam Count  1 to 65536 slices of weight 1, or dynamic_slices
/// @complexity linear in the number of slices, two multiplications each
/// @safety a plain value
/// @source D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998
template <std::size_t Count = dynamic_slices>
class rendezvous : public slices<Count> {
    static_assert(Count <= most_tabled_slices, "rendezvous takes at most 65536 slices");
    static constexpr auto draws = detail::equal_draws<Count>();

public:
    static constexpr std::string_view name = "rendezvous";

    [[nodiscard]] constexpr slice_index slice_of(const hash_value& d) const noexcept {
        return detail::highest_draw(draws, d.high());
    }
    [[nodiscard]] constexpr bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// Equal ones.
    [[nodiscard]] std::vector<double> shares() const {
        return std::vector<double>(Count, 1.0 / static_cast<double>(Count));
    }
};

/// The same with slices, and optionally weights, known only at run time. One slice by default.
///
/// A weight of w is w draws, so shares are exactly proportional to weights. A slice of weight 0
/// takes nothing: that is how a machine is retired. When a weight grows, hashes move only to that
/// slice; when it shrinks, only from it.
/// @complexity linear in the sum of the weights
template <>
class rendezvous<dynamic_slices> {
public:
    static constexpr std::string_view name = "rendezvous";

    rendezvous() = default;

    /// Slices of weight 1.
    /// @returns `malformed` unless 1 <= count <= 65536
    static result<rendezvous> make(std::uint64_t count) {
        if (const auto checked = slices<>::make(count, most_tabled_slices); !checked) {
            return failure(checked.error());
        }
        return make(std::vector<std::uint32_t>(count, 1));
    }

    /// @param weights  one per slice, 1 to 65536 of them, with a sum of 1 to 65536
    /// @returns `malformed` for any others
    static result<rendezvous> make(std::span<const std::uint32_t> weights) {
        const auto nodes = detail::count_nodes(weights, most_tabled_slices);
        if (!nodes) return failure(nodes.error());
        rendezvous made;
        made.slice_count_ = weights.size();
        made.draws_.clear();
        made.draws_.reserve(*nodes);
        for (slice_index k = 0; k < weights.size(); ++k) {
            for (std::uint32_t copy = 0; copy < weights[k]; ++copy) {
                made.draws_.push_back({detail::node_salt(k, copy), k});
            }
        }
        return made;
    }

    [[nodiscard]] std::uint64_t slice_count() const noexcept { return slice_count_; }
    [[nodiscard]] slice_index slice_of(const hash_value& d) const noexcept {
        return detail::highest_draw(draws_, d.high());
    }
    [[nodiscard]] bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// In proportion to the weights.
    [[nodiscard]] std::vector<double> shares() const {
        std::vector<std::uint64_t> weights(slice_count_);
        for (const detail::rendezvous_draw& draw : draws_) ++weights[draw.slice];
        return detail::in_proportion(weights);
    }

    /// The memory that it takes, including its tables, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return sizeof(*this) + detail::table_bytes(draws_);
    }

private:
    std::uint64_t slice_count_ = 1;
    std::vector<detail::rendezvous_draw> draws_{{detail::node_salt(0, 0), 0}};
};

}  // namespace qslice
