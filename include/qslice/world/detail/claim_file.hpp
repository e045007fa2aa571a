/// @file
/// The file by which a process claims a name: written under a name of its own, then linked to the
/// one that is claimed, so that of several processes one succeeds and nothing is seen half written.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>

namespace qslice::detail {

/// "PATH.mx1@IncomingRunner:0:3": the claim on a path by the process of this identity.
inline std::string claim_name(std::string_view path, std::string_view identity) {
    std::string name(path);
    name += '.';
    for (const char c : identity) name += c == '/' ? '@' : c;
    return name;
}

/// Writes a claim, durably. It is a new file each time: one that a crash left may be what was
/// claimed, by its other name.
template <world World>
result<void> write_claim(World& w, const std::string& claim, std::string_view bytes) {
    (void)w.remove(claim);
    auto file = w.open(claim, open_mode::create_exclusive, entry_permissions);
    if (!file) return failure(file.error());
    auto done = w.write(*file, bytes);
    if (done) done = w.sync(*file);
    const auto closed = w.close(*file);
    return done ? closed : done;
}

}  // namespace qslice::detail
