/// @file
/// Clears what a process that died left beside the locks of lists: its claims, and its marks of
/// locks that it was ending. A runner's process calls it before its loop.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/detail/lock_content.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// The age from which a mark of a lock's end (LOCK.end.N) is removed, beyond its expiry: a process
/// that pauses so long between its look at a lock and the lock's removal is not expected.
inline constexpr double end_mark_safe_age_s = 86400;

/// Removes from a directory of locks the claims of earlier processes with this identity, which no
/// other process of the site has and of which none can run any more. A lock that one of them still
/// holds stays; whoever wants it next ends it. Of the marks of lock ends it removes those of its
/// own identity whose process has been gone for a day.
/// @returns how many claims, locks and marks were removed; an error if the directory cannot be
/// listed
template <world World>
result<std::size_t> clear_left_claims(World& w, const std::string& directory,
                                      std::string_view identity) {
    const std::string claim = detail::claim_name(".lock", identity);
    std::vector<std::string> left;
    std::vector<std::string> marks;
    auto listed = w.list(directory, [&](std::string_view name) {
        if (name.ends_with(claim)) left.emplace_back(name);
        if (name.find(".lock.end.") != std::string_view::npos) marks.emplace_back(name);
    });
    if (!listed) return failure(listed.error());
    const double now = w.now().seconds;
    for (std::string& mark : marks) {
        auto file = w.open(directory + '/' + mark, open_mode::read, entry_permissions);
        if (!file) continue;
        const auto content = w.read(*file);
        const auto by = content ? detail::lock_content::parse(*content) : std::nullopt;
        if (!by || by->identity != identity) continue;
        if (by->expires.seconds + end_mark_safe_age_s < now) left.push_back(std::move(mark));
    }
    std::size_t cleared = 0;
    for (const std::string& name : left) {
        const std::string path = directory + '/' + name;
        const auto there = w.information(path);
        if (!there) continue;
        if (there->links == 1 || !name.ends_with(claim)) {
            cleared += w.remove(path) ? 1 : 0;
            continue;
        }
        // A lock with this identity is ended by whoever takes it with this identity.
        const std::string_view list = std::string_view(name).substr(0, name.size() - claim.size());
        auto lock = list_lock<World>::acquire(w, directory, list, identity, {.wait_s = 0});
        if (!lock) continue;
        lock->release();
        ++cleared;
    }
    return cleared;
}

}  // namespace qslice
