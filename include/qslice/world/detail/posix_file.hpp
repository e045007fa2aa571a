/// @file
/// An open file of the operating system, and the translation of errno into the library's errors.
/// Part of posix_world.
#pragma once

#include <qslice/core/result.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace qslice::detail {

/// What opening anything but a file for reading fails with.
inline failure not_a_file(const std::string& path) {
    return failure(error_code::rejected, path,
                   "expected a file, found a directory, symbolic link, FIFO, socket or device");
}

inline failure system_failure(int number, const std::string& path, std::string_view call) {
    error_code code = error_code::io;
    switch (number) {
        case ENOENT:
        case ENOTDIR: code = error_code::not_found; break;
        case EEXIST: code = error_code::exists; break;
        case ENOSPC:
        case EDQUOT: code = error_code::no_space; break;
        case EACCES:
        case EPERM:
        case EROFS: code = error_code::denied; break;
        default: break;
    }
    return {code, path, std::string(call) + ": " + std::generic_category().message(number)};
}

/// Repeats a call while a signal interrupts it.
template <class Call>
auto retry(Call&& call) {
    auto status = call();
    while (status < 0 && errno == EINTR) status = call();
    return status;
}

/// Owns a file descriptor and closes it in its destructor.
class posix_file {
public:
    posix_file(int descriptor, std::string path)
        : descriptor_(descriptor), path_(std::move(path)) {}
    posix_file(posix_file&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}
    posix_file& operator=(posix_file&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(path_, other.path_);
        return *this;
    }
    ~posix_file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    result<void> write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written =
                retry([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
            if (written < 0) return system_failure(errno, path_, "write");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    result<std::string> read() {
        std::string content;
        // A seek to the end would give the size too, but a meaningless one for a directory.
        struct stat s {};
        if (::fstat(descriptor_, &s) != 0) return system_failure(errno, path_, "read");
        if (S_ISDIR(s.st_mode)) return system_failure(EISDIR, path_, "read");
        std::size_t filled = 0;
        content.resize(static_cast<std::size_t>(s.st_size) + 1);
        while (true) {
            // The extra byte is filled only if the file has grown.
            if (filled == content.size()) content.resize(filled + filled / 2 + 4096);
            const ssize_t got = retry([&] {
                return ::pread(descriptor_, content.data() + filled, content.size() - filled,
                               static_cast<off_t>(filled));
            });
            if (got < 0) return system_failure(errno, path_, "read");
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        content.resize(filled);
        return content;
    }

    result<void> sync() {
        if (retry([&] { return ::fsync(descriptor_); }) != 0) {
            return system_failure(errno, path_, "fsync");
        }
        return {};
    }

    /// Syncs the whole file system of the file; reports write errors (Linux 5.8).
    result<void> sync_file_system() {
        if (retry([&] { return ::syncfs(descriptor_); }) != 0) {
            return system_failure(errno, path_, "syncfs");
        }
        return {};
    }

    /// Closes with a check; an error here can be the first sign of a failed write.
    result<void> close() {
        // An interrupted close has closed the file nevertheless (Linux).
        if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
            return system_failure(errno, path_, "close");
        }
        return {};
    }

private:
    int descriptor_;
    std::string path_;
};

}  // namespace qslice::detail
