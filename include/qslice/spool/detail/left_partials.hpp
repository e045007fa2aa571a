/// @file
/// Files that a writer which died left between writing and renaming (.pck.tmp, .bak.tmp).
/// The switchboard's recovery clears those of its slice.
#pragma once

#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::detail {

/// A name in a queue's directory that is being written or was left so, if it is this slice's.
template <partition Partition>
bool is_own_partial(std::string_view file_name, const owned_slice<Partition>& own) {
    const auto [written, ending] = split_extension(file_name);
    if (ending != extension(entry_state::partial)) return false;
    const auto [base, state] = split_extension(written);
    entry_name name;
    return (state == extension(entry_state::queued) || state == extension(entry_state::in_hand)) &&
           try_parse_entry_name(base, name) && own.ranges.owns(own.slice, name.hash);
}

/// Removes those that nobody can still be writing: whoever queued their message was never told that
/// it is queued.
/// @param partials  names below the directory
template <world World>
void clear_partials(World& w, const std::string& directory,
                    const std::vector<std::string>& partials, recovery& done) {
    const double oldest = w.now().seconds - partial_safe_age_s;
    for (const std::string& name : partials) {
        // An entry's stamp is never later than its writing, so that most need no further look.
        entry_name stamped;
        const std::string_view base = std::string_view(name).substr(name.rfind('/') + 1);
        const bool is_named =
            try_parse_entry_name(split_extension(split_extension(base).base).base, stamped);
        if (!is_named || stamped.time.seconds > oldest) continue;
        const std::string path = directory + '/' + name;
        const auto there = w.information(path);
        if (!there || there->modified_s > oldest) continue;
        if (const auto removed = w.remove(path)) {
            ++done.cleared;
        } else if (removed.error().code != error_code::not_found) {
            done.problems.push_back(removed.error());
        }
    }
}

}  // namespace qslice::detail
