/// @file
/// Keys of events in order: a 4-ary heap of 16-byte keys in cache-line groups. Part of
/// pending_events, which uses it for events pushed among many near ones.
#pragma once

#include "sim/record/virtual_time.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace qslice::sim {

/// When an event is due, and what breaks ties.
struct event_key {
    std::int64_t time_ns;
    std::uint64_t order;  ///< unique among pending events

    // Branchless: a branch would be mispredicted half of the time.
    friend bool operator<(const event_key& a, const event_key& b) noexcept {
        const bool sooner = a.time_ns < b.time_ns;
        const bool ordered = (a.time_ns == b.time_ns) & (a.order < b.order);
        return sooner | ordered;
    }
    friend bool operator==(const event_key&, const event_key&) = default;
};
static_assert(sizeof(event_key) == 16);

/// A priority queue of event keys, least first.
///
/// The four children of a key share one cache line. Removing the least key leaves a hole at the top
/// that the next push fills: an event that schedules its successor, the usual case, costs one pass
/// down the heap instead of two.
/// @complexity push O(1) on average and O(log n) in the worst case, pop O(log n); 16 n bytes
/// @source LaMarca and Ladner, "The influence of caches on the performance of heaps"
class event_heap {
public:
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t size() const noexcept {
        return keys_.size() - first - (hole_ ? 1 : 0);
    }

    void push(event_key key) {
        if (hole_) {
            hole_ = false;
            sift_down(first, key, keys_.size());
        } else {
            keys_.push_back(key);
            sift_up(keys_.size() - 1, key);
        }
    }

    /// The least key; the heap must not be empty.
    [[nodiscard]] const event_key& top() {
        close_hole();
        return keys_[first];
    }

    /// Removes the least key; top() must have been called since the last pop().
    void pop() noexcept {
        assert(!hole_ && !empty());
        hole_ = true;
    }

    /// Removes the keys for which useless(key) is true.
    /// @complexity O(n)
    template <class Useless>
    void remove_if(Useless&& useless) {
        if (hole_) close_hole();
        std::vector<event_key> kept;
        for (const event_key& key : keys()) {
            if (!useless(key)) kept.push_back(key);
        }
        keys_.resize(first);
        // A sorted array is a heap.
        std::sort(kept.begin(), kept.end());
        keys_.insert(keys_.end(), kept.begin(), kept.end());
    }

    /// Calls visit(key) for each pending key, in no particular order.
    template <class Visit>
    void for_each(Visit&& visit) {
        if (hole_) close_hole();
        for (const event_key& key : keys()) visit(key);
    }

    void clear() noexcept {
        keys_.resize(first);
        hole_ = false;
    }

private:
    // The root is at index 3, so the children of p are at 4(p - 2) to 4(p - 2) + 3: if the array
    // starts at a cache line, each group fills one line.
    static constexpr std::size_t first = 3;
    static constexpr std::size_t line = 64;

    template <class T>
    struct line_allocator {
        using value_type = T;
        line_allocator() = default;
        template <class U>
        line_allocator(const line_allocator<U>&) noexcept {}
        T* allocate(std::size_t n) {
            return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{line}));
        }
        void deallocate(T* p, std::size_t) noexcept {
            ::operator delete (p, std::align_val_t{line});
        }
        friend bool operator==(const line_allocator&, const line_allocator&) { return true; }
    };

    struct key_range {
        const event_key* from;
        const event_key* to;
        [[nodiscard]] const event_key* begin() const noexcept { return from; }
        [[nodiscard]] const event_key* end() const noexcept { return to; }
    };
    [[nodiscard]] key_range keys() const noexcept {
        return {keys_.data() + first, keys_.data() + keys_.size()};
    }

    static std::size_t parent(std::size_t p) noexcept { return p / 4 + 2; }
    static std::size_t child(std::size_t p) noexcept { return 4 * (p - 2); }

    void close_hole() {
        if (!hole_) return;
        hole_ = false;
        const event_key last = keys_.back();
        keys_.pop_back();
        if (keys_.size() > first) sift_down(first, last, keys_.size());
    }

    void sift_up(std::size_t p, event_key key) noexcept {
        event_key* const k = keys_.data();
        while (p > first) {
            const std::size_t up = parent(p);
            if (!(key < k[up])) break;
            k[p] = k[up];
            p = up;
        }
        k[p] = key;
    }

    void sift_down(std::size_t p, event_key key, std::size_t end) noexcept {
        event_key* const k = keys_.data();
        std::size_t c = child(p);
        while (c + 3 < end) {
            const std::size_t left = k[c + 1] < k[c] ? c + 1 : c;
            const std::size_t right = k[c + 3] < k[c + 2] ? c + 3 : c + 2;
            const std::size_t least = k[right] < k[left] ? right : left;
            if (!(k[least] < key)) {
                k[p] = key;
                return;
            }
            k[p] = k[least];
            p = least;
            c = child(p);
        }
        if (c < end) {
            std::size_t least = c;
            for (std::size_t other = c + 1; other < end; ++other) {
                if (k[other] < k[least]) least = other;
            }
            if (k[least] < key) {
                k[p] = k[least];
                p = least;
            }
        }
        k[p] = key;
    }

    std::vector<event_key, line_allocator<event_key>> keys_ =
        std::vector<event_key, line_allocator<event_key>>(first);
    bool hole_ = false;
};

}  // namespace qslice::sim
