/// @file
/// In which order a runner takes the entries of a snapshot: Mailman's order with its bump, and
/// a strict one that depends on the names alone. The switchboard takes one as a parameter.
#pragma once

#include <qslice/spool/snapshot.hpp>

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice {

/// Puts the entries of a snapshot, which come in the directory's listing order, into
/// processing order.
template <class O>
concept entry_order = requires(const O& order, snapshot& entries) {
    { O::name } -> std::convertible_to<std::string_view>;
    { order(entries) } -> std::same_as<void>;
};

namespace detail {

/// An entry's sort key and its place in the listing, which decides between equal keys.
struct keyed_place {
    double key;
    std::uint32_t place;

    friend auto operator<=>(const keyed_place&, const keyed_place&) = default;
};

inline std::vector<keyed_place> sorted_places(const std::vector<double>& keys) {
    std::vector<keyed_place> order(keys.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = {keys[i], i};
    std::sort(order.begin(), order.end());
    return order;
}

inline bool has_equal_keys(const std::vector<keyed_place>& order) {
    return std::adjacent_find(order.begin(), order.end(), [](const auto& a, const auto& b) {
               return a.key == b.key;
           }) != order.end();
}

inline void reorder(std::vector<listed_entry>& entries, const std::vector<keyed_place>& order) {
    std::vector<listed_entry> sorted;
    sorted.reserve(entries.size());
    for (const keyed_place& k : order) sorted.push_back(entries[k.place]);
    entries = std::move(sorted);
}

}  // namespace detail

/// Mailman's order: by time; an entry whose time is taken is moved up by 0.1 ms until it is
/// free, in the order in which the directory lists the entries.
///
/// So entries of equal time are ordered by the directory, and a moved entry can overtake one
/// that came up to 0.1 ms later for each move. Where a time is so large that adding 0.1 ms
/// does not change it (2^40 s and above), Mailman never returns; here such entries keep the
/// directory's order.
/// @complexity O(m log m); close to that also when all m times are equal
/// @source Mailman 2.1 and 3 Switchboard.files
struct mailman_order {
    static constexpr std::string_view name = "mailman";
    static constexpr double bump_s = 0.0001;

    void operator()(snapshot& taken) const {
        auto& entries = taken.entries();
        std::vector<double> keys(entries.size());
        for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = entries[i].time.seconds;
        auto order = detail::sorted_places(keys);
        if (detail::has_equal_keys(order)) order = detail::sorted_places(move_up(keys));
        detail::reorder(entries, order);
    }

private:
    /// The keys after Mailman's loop. Each taken key remembers where its chain of moves was
    /// last found free, so that many equal times do not cost the square of their number.
    static std::vector<double> move_up(const std::vector<double>& keys) {
        std::unordered_map<double, double> following;
        following.reserve(keys.size());
        std::vector<double> moved;
        moved.reserve(keys.size());
        std::vector<double> visited;
        for (double key : keys) {
            visited.clear();
            for (auto at = following.find(key); at != following.end(); at = following.find(key)) {
                if (at->second == key) break;
                visited.push_back(key);
                key = at->second;
            }
            moved.push_back(key);
            following.try_emplace(key, key + bump_s);
            for (const double passed : visited) following[passed] = key + bump_s;
        }
        return moved;
    }
};

/// By time, then by digest, then by name: the same names give the same order on every file
/// system, and no entry is moved past a later one.
/// @complexity O(m log m)
struct strict_order {
    static constexpr std::string_view name = "strict";

    void operator()(snapshot& taken) const {
        auto& entries = taken.entries();
        std::sort(entries.begin(), entries.end(),
                  [&](const listed_entry& a, const listed_entry& b) {
                      if (a.time != b.time) return a.time < b.time;
                      if (a.hash != b.hash) return a.hash < b.hash;
                      return taken.base_name(a) < taken.base_name(b);
                  });
    }
};

static_assert(entry_order<mailman_order> && entry_order<strict_order>);

}  // namespace qslice
