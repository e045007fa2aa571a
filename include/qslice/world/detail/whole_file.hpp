/// @file
/// Writes and reads a file's whole content, without copying it where the world shares bytes.
/// The spool and the handlers use it.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <utility>

namespace qslice::detail {

/// Writes bytes that are not needed any more.
template <world World>
result<void> write_whole(World& w, typename World::file& file, std::string&& bytes) {
    if constexpr (shares_bytes<World>) {
        return w.write_owned(file, std::move(bytes));
    } else {
        return w.write(file, bytes);
    }
}

/// A file's bytes: a share in them if the world shares them, otherwise a string.
template <world World>
auto read_whole(World& w, typename World::file& file) {
    if constexpr (shares_bytes<World>) {
        return w.read_shared(file);
    } else {
        return w.read(file);
    }
}

}  // namespace qslice::detail
