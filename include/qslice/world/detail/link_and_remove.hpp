/// @file
/// A rename that replaces nothing, by a link and a removal.
/// Part of posix_world, for file systems that cannot do it in one call, and of other worlds.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/world.hpp>

#include <string>

namespace qslice::detail {

/// Renames a file, unless another has the new name already. Between the two calls it has both
/// names.
/// @returns `exists` if another file has the name. A file server may have lost its reply to the
///          link; then the file has two names already.
/// @source open(2), O_EXCL on NFS
template <world World>
result<void> link_and_remove(World& w, const std::string& from, const std::string& to) {
    if (auto linked = w.link(from, to); !linked) {
        if (linked.error().code != error_code::exists) return linked;
        const auto information = w.information(from);
        if (!information || information->links < 2) return linked;
    }
    (void)w.remove(from);
    return {};
}

}  // namespace qslice::detail
