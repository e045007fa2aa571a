/// @file
/// Lists a directory with as few system calls as the kernel allows.
/// Part of posix_world.
#pragma once

#include <qslice/world/detail/posix_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qslice::detail {

/// Calls visit(std::string_view) for each name except "." and "..".
///
/// readdir() asks the kernel for 32 KiB at a time; a queue of a million entries is read four
/// times faster with large blocks, so Linux's getdents64 is called directly.
/// @source getdents64(2)
/// @param descriptor  of the directory, open for reading; it stays open
/// @param path        for error messages
template <class Visit>
result<void> list_open_directory(int descriptor, const std::string& path, Visit& visit) {
    constexpr std::size_t small_block = 32 * 1024;
    constexpr std::size_t large_block = 1024 * 1024;
    std::vector<char> block(small_block);
    while (true) {
        const long size = retry(
            [&] { return ::syscall(SYS_getdents64, descriptor, block.data(), block.size()); });
        if (size < 0) return system_failure(errno, path, "list");
        if (size == 0) return {};
        for (long at = 0; at < size;) {
            const auto* record = reinterpret_cast<const dirent64*>(block.data() + at);
            const std::string_view name(record->d_name);
            if (name != "." && name != "..") visit(name);
            at += record->d_reclen;
        }
        // Most looks at a queue find few entries; a large block pays off only for a long listing.
        if (block.size() == small_block && static_cast<std::size_t>(size) > small_block / 2) {
            block = std::vector<char>(large_block);
        }
    }
}

/// The same for a directory given by its path.
template <class Visit>
result<void> list_directory(const std::string& path, Visit& visit) {
    const int descriptor =
        retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return system_failure(errno, path, "list");
    const posix_file directory(descriptor, path);
    return list_open_directory(descriptor, path, visit);
}

}  // namespace qslice::detail
