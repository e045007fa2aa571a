/// @file
/// Opens files and directories of a live site for reading without changing even their access time,
/// where the system permits.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>

namespace qslice::sim::diagnosis {

/// A descriptor and its owner.
struct quiet_file {
    int descriptor;  ///< for openat, fstatat and getdents; belongs to `owner`
    qslice::detail::posix_file owner;
};

/// @param flags  O_DIRECTORY or 0
/// @returns the open file; `not_found`, `denied` or `io`
/// @source open(2): O_NOATIME is permitted for the file's owner and root; others get EPERM
inline result<quiet_file> open_quietly(const std::string& path, int flags) {
    const auto open = [&](int more) {
        return qslice::detail::retry(
            [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags | more); });
    };
    int descriptor = open(O_NOATIME);
    if (descriptor < 0 && errno == EPERM) descriptor = open(0);
    if (descriptor < 0) return qslice::detail::system_failure(errno, path, "open");
    return quiet_file{descriptor, qslice::detail::posix_file(descriptor, path)};
}

}  // namespace qslice::sim::diagnosis
