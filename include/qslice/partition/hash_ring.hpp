/// @file
/// A consistent-hash ring: slices have many random points on a circle, and a hash belongs to
/// the next point. Other queueing systems use it; it is here for comparison.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/detail/leading_index.hpp>
#include <qslice/partition/detail/table_bytes.hpp>
#include <qslice/partition/detail/virtual_node.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/partition/slices.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// Slices can be added, removed and reweighted with little movement, as with rendezvous, and the
/// time of a lookup does not grow with their number. The price is the table, and shares that differ
/// from even ones by about one part in the square root of a slice's number of points. One slice by
/// default.
/// @complexity slice_of: constant on average, logarithmic at worst; about 24 bytes per point
/// @safety a plain value
/// @source D. Karger et al., "Consistent Hashing and Random Trees", 1997
class hash_ring {
public:
    static constexpr std::string_view name = "ring";

    /// Points of a slice per unit of its weight.
    static constexpr std::uint32_t points_each = 128;
    /// The maximum sum of weights.
    static constexpr std::uint64_t most_weight = std::uint64_t{1} << 16;

    hash_ring() { index(); }

    /// Slices of weight 1.
    /// @returns `malformed` unless 1 <= count <= 65536
    static result<hash_ring> make(std::uint64_t count) {
        if (const auto checked = slices<>::make(count, most_tabled_slices); !checked) {
            return failure(checked.error());
        }
        return make(std::vector<std::uint32_t>(count, 1));
    }

    /// @param weights  one per slice, 1 to 65536 of them, with a sum of 1 to 65536
    /// @returns `malformed` for any others
    static result<hash_ring> make(std::span<const std::uint32_t> weights) {
        const auto nodes = detail::count_nodes(weights, most_weight);
        if (!nodes) return failure(nodes.error());
        std::vector<std::pair<std::uint64_t, slice_index>> points;
        points.reserve(*nodes * points_each);
        for (slice_index k = 0; k < weights.size(); ++k) {
            for (std::uint64_t copy = 0; copy < std::uint64_t{weights[k]} * points_each; ++copy) {
                points.emplace_back(detail::node_salt(k, copy), k);
            }
        }
        std::sort(points.begin(), points.end());

        // After the last point the circle starts again: the first point's slice has the rest.
        hash_ring ring;
        ring.slice_count_ = weights.size();
        ring.weights_.assign(weights.begin(), weights.end());
        ring.points_.clear();
        ring.slices_.clear();
        for (const auto& [point, slice] : points) {
            ring.points_.push_back(point);
            ring.slices_.push_back(slice);
        }
        ring.points_.push_back(std::numeric_limits<std::uint64_t>::max());
        ring.slices_.push_back(ring.slices_.front());
        ring.index();
        return ring;
    }

    [[nodiscard]] std::uint64_t slice_count() const noexcept { return slice_count_; }
    [[nodiscard]] slice_index slice_of(const hash_value& d) const noexcept {
        return slices_[detail::first_not_below<std::uint64_t>(points_, index_, d.high(), d.high())];
    }
    [[nodiscard]] bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// The part of the circle that belongs to each slice's points, exact to rounding.
    [[nodiscard]] std::vector<double> shares() const {
        std::vector<double> shares(slice_count_);
        // The first point's arc starts at 0, both ends included.
        std::uint64_t from = 0;
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const double hashes = static_cast<double>(points_[i] - from) + (i == 0 ? 1 : 0);
            shares[slices_[i]] += detail::scaled(hashes, -64);
            from = points_[i];
        }
        return shares;
    }

    /// The shares that the weights ask for; those of the circle differ from them by chance.
    [[nodiscard]] std::vector<double> wanted_shares() const {
        return detail::in_proportion(weights_);
    }

    /// The memory that it takes, including its tables, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return sizeof(*this) + detail::table_bytes(weights_, points_, slices_, index_);
    }

    /// Calls visit(slice) for the points from a hash on, once around the circle, until it
    /// returns true.
    template <class Visit>
    void walk(const hash_value& from, Visit&& visit) const {
        const std::size_t first =
            detail::first_not_below<std::uint64_t>(points_, index_, from.high(), from.high());
        for (std::size_t i = 0; i < points_.size(); ++i) {
            if (visit(slices_[(first + i) % slices_.size()])) return;
        }
    }

private:
    void index() {
        index_.resize(detail::leading_index_size(points_.size()));
        detail::fill_leading_index<std::uint64_t>(points_, index_);
    }

    std::uint64_t slice_count_ = 1;
    std::vector<std::uint32_t> weights_{1};
    std::vector<std::uint64_t> points_{std::numeric_limits<std::uint64_t>::max()};
    std::vector<slice_index> slices_{0};
    std::vector<std::uint32_t> index_;
};

}  // namespace qslice
