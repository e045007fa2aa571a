/// @file
/// The order in which a runner takes the entries of a snapshot, and the strict one, which depends
/// only on the names. The switchboard takes one as a parameter; Mailman's is in mailman_order.hpp.
#pragma once

#include <qslice/spool/detail/time_sort.hpp>
#include <qslice/spool/snapshot.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace qslice {

/// Puts the entries of a snapshot, which come in the directory's listing order, into
/// processing order.
///
/// Optional, for what simulations expect of a run: `is_strict`, whether entries come by their
/// times and none is ever moved past a later one (without it: no); `bump_s`, by how many seconds
/// an entry whose time is taken is moved up (without it: not at all); `is_strict_by_key`, whether
/// this holds of entries with the same key, the leading 64 bits of their hash. They are static, or
/// members of an order that is known only at run time.
///
/// Also optional: `limit(entries)`, which removes from ordered entries those that a look at waiting
/// ones leaves for the next look. It must leave at least one.
template <class O>
concept entry_order = requires(const O& order, snapshot& entries) {
    { O::name } -> std::convertible_to<std::string_view>;
    { order(entries) } -> std::same_as<void>;
};

/// By time, then by hash, then by name: the same names give the same order on every file
/// system, and no entry is moved past a later one.
/// @complexity linear; O(k log k) for k entries with the same time
struct strict_order {
    static constexpr std::string_view name = "strict";
    static constexpr bool is_strict = true;

    void operator()(snapshot& taken) const {
        auto& entries = taken.entries();
        detail::sort_by_time(entries);
        const auto smaller = [&](const listed_entry& a, const listed_entry& b) {
            const hash_value hash_a = taken.hash(a);
            const hash_value hash_b = taken.hash(b);
            if (hash_a != hash_b) return hash_a < hash_b;
            return taken.base_name(a) < taken.base_name(b);
        };
        detail::for_each_time(entries,
                              [&](auto begin, auto end) { std::sort(begin, end, smaller); });
    }
};

static_assert(entry_order<strict_order>);

}  // namespace qslice
