/// @file
/// Gives a file a name that no other file has, so that no entry is lost by another's name.
/// The queue writer names new entries by it, and the switchboard those that it puts back.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/world/detail/link_and_remove.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>

namespace qslice::detail {

/// How many names an entry is offered, each a moment later than the one before, until one is free.
inline constexpr int most_names = 10'000;

/// Renames a file, unless another has the new name already.
/// @returns `exists` if it has; both files are then as they were
template <world World>
result<void> rename_new(World& w, const std::string& from, const std::string& to) {
    if constexpr (renames_without_replacing<World>) {
        return w.rename_new(from, to);
    } else {
        return link_and_remove(w, from, to);
    }
}

/// The same hash, and so the same slice, with the next time.
inline entry_name name_after(entry_name name) noexcept {
    name.time.seconds = next_up(name.time.seconds);
    return name;
}

/// Renames a file to the path of an entry's name or, if that is taken, of the next one that is
/// free.
/// @param base  with its place
/// @param path  callable: base name with its place -> path
template <world World, class Path>
result<void> put_under_free_name(World& w, const std::string& from, std::string_view base,
                                 Path&& path) {
    auto put = rename_new(w, from, path(base));
    if (put || put.error().code != error_code::exists) return put;
    const auto [place, own] = split_place(base);
    auto name = parse_entry_name(own);
    if (!name) return put;
    for (int names = 1; !put && put.error().code == error_code::exists && names < most_names;
         ++names) {
        *name = name_after(*name);
        put = rename_new(w, from, path(placed_base(place, to_base_name(*name))));
    }
    return put;
}

}  // namespace qslice::detail
