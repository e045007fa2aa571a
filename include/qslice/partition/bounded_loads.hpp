/// @file
/// A consistent-hash ring on which no slice takes much more than its share: a key with a known load
/// goes to the next slice with room. For affinities, whose keys differ in size.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/detail/leading_index.hpp>
#include <qslice/partition/detail/table_bytes.hpp>
#include <qslice/partition/hash_ring.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slice_shares.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// Something that is kept together, such as a list or a sender, and its expected load.
struct key_load {
    std::uint64_t leading = 0;  ///< the leading 64 bits of all its hashes: basic_hash_policy's
                                ///< leading_bits()
    double load = 0;            ///< messages, seconds of work, ...: any unit, at least 0
};

/// Consistent hashing with bounded loads. One slice by default.
///
/// A load balancer sends a request to the next server with room at the moment, but a runner must be
/// able to decide from an entry's name alone whether to take it. So loads are not the current
/// backlogs but the expected load of each key, and the assignment is a table that all processes
/// compute from the same numbers: in decreasing order of load, each key goes to the first slice at
/// or after its point on the ring that has room for it or, if none has, to the one with the least
/// load for its weight. Keys that are not in the table have their ring's slice.
///
/// The room of a slice is (1 + slack) times its share of the loads. With equal weights no slice
/// gets more than the larger of that and its share plus one key, since a key cannot be split.
///
/// A new table, like a new number of slices, gives keys new owners: stop the runners and let each
/// queue run empty, or accept that order between old and new entries of the keys that moved is
/// lost. Movement is that of the ring plus that of the keys that found no room.
/// @complexity slice_of: constant on average, that of the ring and one table lookup; make: that of
///             the ring, and for each key as many points as it passes
/// @safety a plain value
/// @source V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads",
///         SODA 2018
class bounded_loads {
public:
    static constexpr std::string_view name = "bounded";

    static constexpr double default_slack = 0.1;

    bounded_loads() { index(); }

    /// Slices of weight 1.
    /// @param keys  in any order; keys with the same leading bits count as one
    /// @returns `malformed` unless 1 <= count <= 65536 and loads and slack are finite and at least
    /// 0
    static result<bounded_loads> make(std::uint64_t count, std::span<const key_load> keys = {},
                                      double slack = default_slack) {
        auto ring = hash_ring::make(count);
        if (!ring) return failure(ring.error());
        return assign(*std::move(ring), std::vector<std::uint32_t>(count, 1), keys, slack);
    }

    /// @param weights  as for hash_ring
    static result<bounded_loads> make(std::span<const std::uint32_t> weights,
                                      std::span<const key_load> keys = {},
                                      double slack = default_slack) {
        auto ring = hash_ring::make(weights);
        if (!ring) return failure(ring.error());
        return assign(*std::move(ring), {weights.begin(), weights.end()}, keys, slack);
    }

    [[nodiscard]] std::uint64_t slice_count() const noexcept { return ring_.slice_count(); }

    [[nodiscard]] slice_index slice_of(const hash_value& d) const noexcept {
        const auto at = detail::first_not_below<std::uint64_t>(keys_, index_, d.high(), d.high());
        return keys_[at] == d.high() ? slices_[at] : ring_.slice_of(d);
    }
    [[nodiscard]] bool owns(slice_index slice, const hash_value& d) const noexcept {
        return slice_of(d) == slice;
    }

    /// The number of keys that are not in their ring's slice.
    [[nodiscard]] std::size_t passed_on() const noexcept { return keys_.size() - 1; }

    /// The share of each slice: in proportion to the weights, or the ring's if no loads are known.
    [[nodiscard]] std::vector<double> shares() const {
        return weights_.empty() ? ring_.shares() : detail::in_proportion(weights_);
    }

    /// The shares that the weights ask for, whether or not loads are known.
    [[nodiscard]] std::vector<double> wanted_shares() const { return ring_.wanted_shares(); }

    /// The memory that it takes, including its tables, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return sizeof(*this) - sizeof(ring_) + ring_.memory_bytes() +
               detail::table_bytes(weights_, keys_, slices_, index_);
    }

private:
    static result<bounded_loads> assign(hash_ring ring, const std::vector<std::uint32_t>& weights,
                                        std::span<const key_load> keys, double slack) {
        if (!(slack >= 0) || !detail::is_finite(slack)) {
            return failure(error_code::malformed, "slack",
                           "expected a finite non-negative number, found " + std::to_string(slack));
        }
        const auto sorted = by_falling_load(keys);
        if (!sorted) return failure(sorted.error());

        bounded_loads made;
        made.ring_ = std::move(ring);
        if (!keys.empty()) made.weights_ = weights;
        std::map<std::uint64_t, slice_index> passed;
        room_left room(weights, *sorted, slack);
        for (const key_load& key : *sorted) {
            const hash_value place{key.leading, 0, 0};
            std::optional<slice_index> found;
            made.ring_.walk(place, [&](slice_index slice) {
                if (room.has_for(slice, key.load)) found = slice;
                return found.has_value();
            });
            const slice_index slice = found ? *found : room.emptiest_with(key.load);
            room.take(slice, key.load);
            if (slice != made.ring_.slice_of(place)) passed.emplace(key.leading, slice);
        }
        made.tabulate(passed);
        return made;
    }

    static result<std::vector<key_load>> by_falling_load(std::span<const key_load> keys) {
        std::map<std::uint64_t, double> loads;
        for (const key_load& key : keys) {
            if (!(key.load >= 0) || !detail::is_finite(key.load)) {
                return failure(
                    error_code::malformed, "load",
                    "expected a finite non-negative number, found " + std::to_string(key.load));
            }
            loads[key.leading] += key.load;
        }
        std::vector<key_load> sorted;
        for (const auto& [leading, load] : loads) sorted.push_back({leading, load});
        std::sort(sorted.begin(), sorted.end(), [](const key_load& a, const key_load& b) {
            return a.load != b.load ? a.load > b.load : a.leading < b.leading;
        });
        return sorted;
    }

    /// The load of each slice and its limit.
    class room_left {
    public:
        room_left(const std::vector<std::uint32_t>& weights, const std::vector<key_load>& keys,
                  double slack)
            : loads_(weights.size()), weights_(weights.begin(), weights.end()) {
            const double load =
                std::accumulate(keys.begin(), keys.end(), 0.0,
                                [](double sum, const key_load& key) { return sum + key.load; });
            const double weight = std::accumulate(weights_.begin(), weights_.end(), 0.0);
            for (const double w : weights_) most_.push_back((1 + slack) * load * w / weight);
        }
        [[nodiscard]] bool has_for(slice_index slice, double load) const {
            return loads_[slice] + load <= most_[slice];
        }
        /// The first of the slices that would have the least load for their weight.
        [[nodiscard]] slice_index emptiest_with(double load) const {
            slice_index best = 0;
            double least = std::numeric_limits<double>::infinity();
            for (slice_index k = 0; k < loads_.size(); ++k) {
                if (weights_[k] > 0 && (loads_[k] + load) / weights_[k] < least) {
                    least = (loads_[k] + load) / weights_[k];
                    best = k;
                }
            }
            return best;
        }
        void take(slice_index slice, double load) { loads_[slice] += load; }

    private:
        std::vector<double> loads_;
        std::vector<double> weights_;
        std::vector<double> most_;
    };

    /// The largest number ends the table, so that a lookup needs no bounds check.
    void tabulate(std::map<std::uint64_t, slice_index>& passed) {
        passed.emplace(last_key, ring_.slice_of(hash_value::max()));
        keys_.clear();
        slices_.clear();
        for (const auto& [key, slice] : passed) {
            keys_.push_back(key);
            slices_.push_back(slice);
        }
        index();
    }

    void index() {
        index_.resize(detail::leading_index_size(keys_.size()));
        detail::fill_leading_index<std::uint64_t>(keys_, index_);
    }

    static constexpr std::uint64_t last_key = std::numeric_limits<std::uint64_t>::max();

    hash_ring ring_;
    std::vector<std::uint32_t> weights_;  ///< empty: no load is known
    std::vector<std::uint64_t> keys_{last_key};
    std::vector<slice_index> slices_{0};
    std::vector<std::uint32_t> index_;
};

}  // namespace qslice
