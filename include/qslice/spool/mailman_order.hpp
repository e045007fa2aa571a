/// @file
/// Mailman's order of a queue's entries, with its bump. One of the entry orders that a switchboard
/// takes as a parameter; see entry_order.hpp.
#pragma once

#include <qslice/spool/detail/time_sort.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/snapshot.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qslice {

/// Mailman's order: by time; an entry whose time is already used is moved later in steps of 0.1 ms
/// until its time is free, in the order in which the directory lists the entries.
///
/// So entries with equal times are ordered by the directory, and a moved entry passes entries that
/// came up to 0.1 ms after it per move. If a time is so large that adding 0.1 ms does not change it
/// (2^40 s and above), Mailman never returns; here such entries keep the directory's order. A time
/// `nan`, with which the order of Python's sort means nothing, comes first.
/// @complexity linear; O(k log k) for k entries whose times are already used or moved
/// @source Mailman 2.1 and 3 Switchboard.files
struct mailman_order {
    static constexpr std::string_view name = "mailman";
    static constexpr double bump_s = 0.0001;

    void operator()(snapshot& taken) const {
        auto& entries = taken.entries();
        detail::sort_by_time(entries);
        auto contested = take_contested(entries);
        if (contested.empty()) return;
        move_up(contested);
        merge(entries, contested);
    }

private:
    struct moved_entry {
        double key;  ///< the time after its moves
        listed_entry entry;
    };
    /// Extracts the entries that share a time, or that a moved entry may meet; all others keep
    /// their times. How many entries pass a time does not depend on the order in which they are
    /// moved, so one pass in ascending order finds it.
    /// @param entries  sorted by time
    static std::vector<moved_entry> take_contested(std::vector<listed_entry>& entries) {
        struct passing {
            double time;
            std::size_t count;
        };
        std::vector<moved_entry> contested;
        std::size_t kept = 0;
        std::deque<passing> upwards;  // ascending times, since adding to them keeps their order
        for (std::size_t at = 0; at < entries.size() || !upwards.empty();) {
            // Nearly all entries are alone at their time, and none passes by.
            if (upwards.empty() &&
                (at + 1 == entries.size() || entries[at + 1].time != entries[at].time)) {
                if (kept != at) entries[kept] = entries[at];
                ++kept;
                ++at;
                continue;
            }
            const double own = at < entries.size() ? entries[at].time.seconds : infinity;
            const double time = upwards.empty() ? own : std::min(own, upwards.front().time);
            std::size_t end = at;
            while (end < entries.size() && entries[end].time.seconds == time) ++end;
            std::size_t count = end - at;
            if (!upwards.empty() && upwards.front().time == time) {
                count += upwards.front().count;
                upwards.pop_front();
            }
            if (count == 1) {
                if (end != at) entries[kept++] = entries[at];
            } else {
                for (; at < end; ++at) contested.push_back({time, entries[at]});
                const double next = time + bump_s;
                if (next == time) {
                    // They stay together.
                } else if (!upwards.empty() && upwards.back().time == next) {
                    upwards.back().count += count - 1;
                } else {
                    upwards.push_back({next, count - 1});
                }
            }
            at = end;
        }
        entries.resize(kept);
        return contested;
    }

    /// Gives the entries the keys that Mailman's loop gives them, in the directory's order. Each
    /// used key remembers where its chain of moves last ended, so that many equal times do not cost
    /// the square of their number.
    static void move_up(std::vector<moved_entry>& contested) {
        std::sort(contested.begin(), contested.end(), earlier_listed);
        std::unordered_map<double, double> following;
        following.reserve(contested.size());
        std::vector<double> visited;
        for (auto& [key, entry] : contested) {
            visited.clear();
            for (auto at = following.find(key); at != following.end(); at = following.find(key)) {
                if (at->second == key) break;
                visited.push_back(key);
                key = at->second;
            }
            following.try_emplace(key, key + bump_s);
            for (const double passed : visited) following[passed] = key + bump_s;
        }
        std::sort(contested.begin(), contested.end(), earlier_moved);
    }

    static bool earlier_listed(const moved_entry& a, const moved_entry& b) {
        return a.entry.name_place < b.entry.name_place;
    }
    static bool earlier_moved(const moved_entry& a, const moved_entry& b) {
        return a.key != b.key ? a.key < b.key : earlier_listed(a, b);
    }

    /// From last to first, so that no second copy of the entries is needed.
    static void merge(std::vector<listed_entry>& entries,
                      const std::vector<moved_entry>& contested) {
        auto other = entries.size();
        auto place = other + contested.size();
        entries.resize(place);
        for (auto k = contested.size(); k-- > 0;) {
            while (other > 0 && entries[other - 1].time.seconds >= contested[k].key) {
                entries[--place] = entries[--other];
            }
            entries[--place] = contested[k].entry;
        }
    }

    static constexpr double infinity = std::numeric_limits<double>::infinity();
};

static_assert(entry_order<mailman_order>);

}  // namespace qslice
