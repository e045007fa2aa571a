/// @file
/// Sorts a snapshot's entries by time; entries with equal times keep their order.
/// The entry orders build on it.
#pragma once

#include <qslice/spool/snapshot.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace qslice::detail {

/// An integer with the same order as the time; both zeros are equal.
inline std::uint64_t time_key(timestamp t) noexcept {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    const auto bits = std::bit_cast<std::uint64_t>(t.seconds + 0.0);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

/// Sorts by eleven bits of the key at a time, lowest first, skipping bits that all keys share: the
/// times of a queue differ in about thirty of their 64 bits.
inline void radix_sort_by_time(std::vector<listed_entry>& entries) {
    constexpr int digit_bits = 11;
    constexpr std::size_t digits = std::size_t{1} << digit_bits;
    const std::uint64_t first = time_key(entries.front().time);
    std::uint64_t differing = 0;
    for (const auto& e : entries) differing |= time_key(e.time) ^ first;
    if (differing == 0) return;

    std::vector<listed_entry> other(entries.size());
    const int highest = static_cast<int>(std::bit_width(differing));
    for (int shift = std::countr_zero(differing); shift < highest; shift += digit_bits) {
        const auto digit = [&](const listed_entry& e) {
            return static_cast<std::size_t>(time_key(e.time) >> shift) % digits;
        };
        std::array<std::size_t, digits> place{};
        for (const auto& e : entries) ++place[digit(e)];
        std::size_t next = 0;
        for (std::size_t& p : place) next += std::exchange(p, next);
        for (const auto& e : entries) other[place[digit(e)]++] = e;
        entries.swap(other);
    }
}

/// Calls visit(begin, end) for each run of two or more entries with the same time.
template <class Visit>
void for_each_time(std::vector<listed_entry>& entries, Visit&& visit) {
    for (auto begin = entries.begin(); begin != entries.end();) {
        auto end = begin + 1;
        while (end != entries.end() && end->time == begin->time) ++end;
        if (end - begin > 1) visit(begin, end);
        begin = end;
    }
}

/// Sorts by time; entries with equal times keep their order.
///
/// If the directory lists its files in order of creation, or newest first, as tmpfs does, this
/// costs one pass over them.
/// @complexity linear; O(m log m) comparisons for few entries
inline void sort_by_time(std::vector<listed_entry>& entries) {
    constexpr std::size_t few = 512;
    const auto earlier = [](const listed_entry& a, const listed_entry& b) {
        return a.time < b.time;
    };
    const auto later = [](const listed_entry& a, const listed_entry& b) { return a.time > b.time; };
    if (std::is_sorted(entries.begin(), entries.end(), earlier)) return;
    if (std::is_sorted(entries.begin(), entries.end(), later)) {
        std::reverse(entries.begin(), entries.end());
        for_each_time(entries, [](auto begin, auto end) { std::reverse(begin, end); });
    } else if (entries.size() < few) {
        std::stable_sort(entries.begin(), entries.end(), earlier);
    } else {
        radix_sort_by_time(entries);
    }
}

}  // namespace qslice::detail
