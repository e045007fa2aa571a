/// @file
/// What a look at entries of one state notes of files of another: entries in other hands, and files
/// that are being written or were left so. Part of the switchboard.
#pragma once

#include <qslice/core/entry_name.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/spool/detail/left_partials.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/spool/spool_traits.hpp>

#include <string_view>

namespace qslice::detail {

/// Whether a name is that of one of this slice's entries in hand.
template <partition Partition>
bool is_own_in_hand(std::string_view file_name, const owned_slice<Partition>& own) {
    constexpr std::string_view ending = extension(entry_state::in_hand);
    if (!file_name.ends_with(ending)) return false;
    if (own.ranges.slice_count() == 1) return true;
    entry_name name;
    return try_parse_entry_name(file_name.substr(0, file_name.size() - ending.size()), name) &&
           own.ranges.owns(own.slice, name.hash);
}

/// @param wanted  the extension that is looked for, which the file has not
template <partition Partition>
void note_other_name(snapshot& taken, std::string_view place, std::string_view file_name,
                     std::string_view wanted, const owned_slice<Partition>& own) {
    if (wanted == extension(entry_state::in_hand)) {
        if (is_own_partial(file_name, own)) taken.add_partial(placed_base(place, file_name));
    } else if (is_own_in_hand(file_name, own)) {
        taken.add_in_hand();
    }
}

}  // namespace qslice::detail
