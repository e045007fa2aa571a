/// @file
/// A sorted array of event keys, removed from the front. Part of pending_events.
#pragma once

#include "sim/engine/event_heap.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

namespace qslice::sim {

/// A sorted array; removed keys leave room at its front, which is reused later.
/// @complexity insert O(number of greater keys); from the front O(1), all amortized
class sorted_keys {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == end_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - first_; }
    [[nodiscard]] const event_key* begin() const noexcept { return room_.data() + first_; }
    [[nodiscard]] const event_key* end() const noexcept { return room_.data() + end_; }
    [[nodiscard]] const event_key& front() const noexcept { return room_[first_]; }
    [[nodiscard]] const event_key& back() const noexcept { return room_[end_ - 1]; }

    void remove_front() noexcept {
        assert(!empty());
        ++first_;
    }

    void clear() noexcept { first_ = end_ = 0; }

    void insert(event_key key) {
        if (end_ == room_.size()) make_room();
        event_key* const least = room_.data() + first_;
        event_key* at = room_.data() + end_++;
        constexpr std::size_t few = 3;
        if (size() <= few) {
            // Each place keeps the lesser key and passes the greater on: no branch to mispredict.
            for (event_key* place = least; place != at; ++place) {
                const event_key there = *place;
                const bool before = key < there;
                place->time_ns = before ? key.time_ns : there.time_ns;
                place->order = before ? key.order : there.order;
                key.time_ns = before ? there.time_ns : key.time_ns;
                key.order = before ? there.order : key.order;
            }
        } else {
            while (at != least && key < at[-1]) {
                *at = at[-1];
                --at;
            }
        }
        *at = key;
    }

    /// Adds keys in any order; sort_from() must follow before any other call.
    void append(event_key key) {
        if (end_ == room_.size()) make_room();
        room_[end_++] = key;
    }

    /// Sorts the keys from an index on; they are greater than those before it.
    void sort_from(std::size_t place) {
        constexpr std::size_t few = 64;
        event_key* const least = room_.data() + first_ + place;
        event_key* const end = room_.data() + end_;
        if (size() - place > few) {
            std::sort(least, end);
            return;
        }
        // Mostly sorted already: the keys arrive bucket by bucket.
        for (event_key* next = least; next != end; ++next) {
            const event_key key = *next;
            event_key* at = next;
            while (at != least && key < at[-1]) {
                *at = at[-1];
                --at;
            }
            *at = key;
        }
    }

private:
    void make_room() {
        if (first_ > room_.size() / 2) {
            std::copy(room_.begin() + static_cast<std::ptrdiff_t>(first_), room_.end(),
                      room_.begin());
            end_ -= first_;
            first_ = 0;
        } else {
            room_.resize(2 * room_.size());
        }
    }

    std::vector<event_key> room_ = std::vector<event_key>(256);
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

}  // namespace qslice::sim
