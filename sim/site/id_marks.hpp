/// @file
/// A set of Message-IDs by their hashes, with a few marks for each. site_history.hpp remembers in
/// it what the logs say of each message, in 12 to 18 bytes a message.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// Up to four marks for each of many hashes; an open-addressing table without removal.
///
/// Two ids are taken for one if the upper 60 bits of their hashes are equal: of ten million ids,
/// with a probability of 1 in 20,000.
class id_marks {
public:
    using mark = std::uint8_t;  ///< a set of the bits 1, 2, 4 and 8

    /// Adds marks.
    /// @returns those it had before
    /// @complexity constant on average
    mark add(std::uint64_t hash, mark marks) {
        if ((count_ + 1) * 10 > slots_.size() * 7) grow();
        std::uint64_t& slot = slots_[place_of(slots_, key_of(hash))];
        if (slot == 0) {
            slot = key_of(hash);
            ++count_;
        }
        const auto before = static_cast<mark>(slot & mark_bits);
        slot |= marks & mark_bits;
        return before;
    }

    /// Fetches into the processor's cache what add() will need for that hash.
    // GCC 12 drops calls of a function that has no effect but this, unless it is inlined.
    [[gnu::always_inline]] void prefetch(std::uint64_t hash) const {
        if (slots_.empty()) return;
        __builtin_prefetch(&slots_[first_place(slots_, key_of(hash))], 1);
    }

    /// @returns its marks; none if it was never added
    [[nodiscard]] mark of(std::uint64_t hash) const {
        if (slots_.empty()) return 0;
        return static_cast<mark>(slots_[place_of(slots_, key_of(hash))] & mark_bits);
    }

private:
    static constexpr std::uint64_t mark_bits = 15;

    static std::uint64_t key_of(std::uint64_t hash) {
        const std::uint64_t key = hash & ~mark_bits;
        return key == 0 ? mark_bits + 1 : key;  // 0 is a free slot
    }

    /// The upper half of a hash spreads over any number of slots.
    static std::size_t first_place(const std::vector<std::uint64_t>& slots, std::uint64_t key) {
        return (key >> 32) * slots.size() >> 32;
    }

    /// Where the key is, or where it can be put.
    static std::size_t place_of(const std::vector<std::uint64_t>& slots, std::uint64_t key) {
        std::size_t at = first_place(slots, key);
        while (slots[at] != 0 && (slots[at] & ~mark_bits) != key) {
            if (++at == slots.size()) at = 0;
        }
        return at;
    }

    void grow() {
        constexpr std::size_t least = 64;
        std::vector<std::uint64_t> larger(std::max(least, 2 * slots_.size()));
        for (const std::uint64_t slot : slots_) {
            if (slot != 0) larger[place_of(larger, slot & ~mark_bits)] = slot;
        }
        slots_ = std::move(larger);
    }

    std::vector<std::uint64_t> slots_;
    std::size_t count_ = 0;
};

}  // namespace qslice::sim::diagnosis
