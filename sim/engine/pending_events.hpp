/// @file
/// The pending events in order: a ladder of buckets whose lowest step is sorted. The engine's only
/// priority queue; it knows times and order numbers, not the actions of events.
#pragma once

#include "sim/engine/event_heap.hpp"
#include "sim/engine/sorted_keys.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace qslice::sim {

/// A priority queue of event keys, least first.
///
/// Keys up to some time are near: sorted, with some events known in advance. Later keys are
/// unsorted in buckets of equal duration (a rung); a bucket with many keys becomes a rung of
/// narrower buckets, and keys later than all rungs wait unsorted until the next rung is made. So a
/// key is moved only a few times, regardless of the number of keys, and is compared only with those
/// of its bucket. While there are few keys, all of them are near.
/// @complexity push and pop O(1) amortized, O(log n) if most keys are close to the current time; 40
///             n bytes
/// @source Tang, Goh and Thng, "Ladder queue: an O(1) priority queue structure for large-scale
///         discrete event simulation"; here with a sorted array and a heap at the bottom
class pending_events {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void push(event_key key) {
        if (key.time_ns > near_last_) {
            push_far(key);
        } else if (near_.size() < most_near || near_.back() < key) {
            near_.insert(key);
        } else {
            push_early(key);
        }
        ++size_;
    }

    /// The least key; there must be at least one.
    [[nodiscard]] const event_key& top() {
        if (near_.empty() || !early_.empty()) return least_of_all();
        return near_.front();
    }

    /// Removes the least key; top() must have been called since the last change.
    void pop() {
        assert(!empty());
        if (early_.empty()) {
            near_.remove_front();
        } else {
            pop_near_or_early();
        }
        --size_;
    }

    /// The key `ahead` places after the least one, if known: for prefetching its data. Other keys
    /// may still be inserted before it.
    [[nodiscard]] const event_key* upcoming(std::size_t ahead) const noexcept {
        return ahead < near_.size() ? near_.begin() + ahead : nullptr;
    }

    /// Sorts more keys, if any, so that upcoming(ahead) is known.
    void look_ahead(std::size_t ahead) {
        if (near_.size() <= ahead && near_.size() + early_.size() < size_) refill();
    }

    /// Calls visit(key) for each pending key, in no particular order.
    template <class Visit>
    void for_each(Visit&& visit) {
        for (const event_key& key : near_) visit(key);
        early_.for_each(visit);
        for (std::size_t depth = 0; depth < rungs_in_use_; ++depth) {
            for (const bucket& b : rungs_[depth].buckets) {
                for (std::uint32_t at = b.first; at != 0; at = nodes_[at].next) {
                    visit(nodes_[at].key);
                }
            }
        }
        for (const event_key& key : top_) visit(key);
    }

    /// Removes the keys for which useless(key) is true.
    /// @complexity O(n log n)
    template <class Useless>
    void remove_if(Useless&& useless) {
        std::vector<event_key> kept;
        for_each([&](const event_key& key) {
            if (!useless(key)) kept.push_back(key);
        });
        *this = pending_events();
        size_ = kept.size();
        for (const event_key& key : kept) near_.append(key);
        near_.sort_from(0);
    }

private:
    static constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();
    // See docs/decisions/pending-events.md.
    static constexpr std::size_t most_near = 48;       // sorted by insertion
    static constexpr std::size_t most_early = 48;      // before they become a rung
    static constexpr std::size_t most_in_bucket = 48;  // before it becomes a rung
    static constexpr std::size_t keys_a_bucket = 2;    // on average
    static constexpr std::size_t enough_near = 16;     // number of keys known in advance

    struct node {
        event_key key;
        std::uint32_t next;  // in its bucket, or the next free one; 0: none
    };
    struct bucket {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    // The times from `start` to `last`, divided into buckets of 2^shift ns.
    struct rung {
        std::int64_t start = 0;
        std::int64_t last = 0;
        unsigned shift = 0;
        std::size_t next = 0;  // the first bucket that is not yet near
        std::vector<bucket> buckets;

        [[nodiscard]] static std::uint64_t distance(std::int64_t from, std::int64_t to) noexcept {
            return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
        }
        [[nodiscard]] bucket& of(std::int64_t time) noexcept {
            return buckets[distance(start, time) >> shift];
        }
        [[nodiscard]] std::int64_t start_of_next() const noexcept {
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                             (static_cast<std::uint64_t>(next) << shift));
        }
        // The last near time once all buckets before `next` are near.
        [[nodiscard]] std::int64_t last_before_next() const noexcept {
            return next == buckets.size() ? last : start_of_next() - 1;
        }
    };

    void put(rung& r, event_key key) {
        std::uint32_t at = free_node_;
        if (at != 0) {
            free_node_ = nodes_[at].next;
        } else {
            at = static_cast<std::uint32_t>(nodes_.size());
            nodes_.emplace_back();
        }
        bucket& b = r.of(key.time_ns);
        nodes_[at] = {key, b.first};
        b.first = at;
        ++b.count;
    }

    void push_far(event_key key) {
        if (rungs_in_use_ == 0 || key.time_ns > rungs_.front().last) {
            top_.push_back(key);
            return;
        }
        std::size_t depth = rungs_in_use_ - 1;
        while (key.time_ns > rungs_[depth].last) --depth;
        put(rungs_[depth], key);
    }

    const event_key& least_of_all();
    void pop_near_or_early();
    [[nodiscard]] bool early_is_first();
    void push_early(event_key key);
    rung& add_rung(std::int64_t start, std::int64_t last, std::size_t keys);
    void add_rung_of_top();
    void take_bucket();
    void refill();

    std::size_t size_ = 0;
    std::int64_t near_last_ = forever;  // near_ and early_ hold all keys up to this time
    sorted_keys near_;
    event_heap early_;         // also near, but inserted when there were many near keys
    std::vector<rung> rungs_;  // each divides a bucket of the one before
    std::size_t rungs_in_use_ = 0;
    std::vector<event_key> top_;  // later than all rungs
    std::vector<node> nodes_ = std::vector<node>(1);
    std::uint32_t free_node_ = 0;
};

}  // namespace qslice::sim
