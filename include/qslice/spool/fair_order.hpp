/// @file
/// An order that is fair to the keys of a slice, such as its lists: one that sends much does not
/// make the others wait. For policies with an affinity, whose entry names show the key.
#pragma once

#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/snapshot.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice {

/// The oldest entry of each key in turn, then the second oldest of each, and so on; within a key,
/// and within a turn, as in strict_order. One look takes `most_turns` turns, so that an entry which
/// comes while many of another key wait is not behind all of these.
///
/// A key is the leading 64 bits of the hash, which under an affinity policy are those of what it
/// keeps together (see basic_hash_policy): no file is read. Without an affinity each entry is a key
/// of its own, and the order is the strict one.
///
/// An entry waits, beside the one in hand and what is ahead of it in its own key, for at most
/// 2 * most_turns entries of each other key with entries in the slice. A look that takes few of
/// many entries costs as much as one that takes all: more turns cost fewer looks.
/// @tparam MostTurns  at least 1
/// @complexity linear; O(k log k) for k entries with the same time or in the same turn
template <std::size_t MostTurns = 4>
struct fair_by_key_order {
    static_assert(MostTurns > 0, "fair_by_key_order takes at least one turn in each look");

    static constexpr std::string_view name = "fair_by_key";
    static constexpr bool is_strict_by_key = true;
    static constexpr std::size_t most_turns = MostTurns;

    /// All entries, also those of later looks.
    void operator()(snapshot& taken) const {
        strict_order{}(taken);
        auto& entries = taken.entries();
        const auto turns = turns_of(taken);
        std::vector<std::size_t> place(entries.size());
        for (std::size_t i = 0; i < place.size(); ++i) place[i] = i;
        std::stable_sort(place.begin(), place.end(),
                         [&](std::size_t a, std::size_t b) { return turns[a] < turns[b]; });
        std::vector<listed_entry> in_turn;
        in_turn.reserve(entries.size());
        for (const std::size_t i : place) in_turn.push_back(entries[i]);
        entries = std::move(in_turn);
    }

    /// Leaves the entries of later looks in their queue.
    /// @complexity linear in what is left
    void limit(snapshot& ordered) const {
        auto& entries = ordered.entries();
        std::unordered_map<std::uint64_t, std::uint64_t> ahead;
        const auto later = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
            return ahead[ordered.hash(entry).high()]++ >= MostTurns;
        });
        entries.resize(static_cast<std::size_t>(later - entries.begin()));
    }

private:
    /// How many entries of the same key are ahead of each.
    static std::vector<std::uint64_t> turns_of(const snapshot& taken) {
        std::unordered_map<std::uint64_t, std::uint64_t> ahead;
        std::vector<std::uint64_t> turns;
        turns.reserve(taken.size());
        for (const listed_entry& entry : taken.entries()) {
            turns.push_back(ahead[taken.hash(entry).high()]++);
        }
        return turns;
    }
};

static_assert(entry_order<fair_by_key_order<>>);

}  // namespace qslice
