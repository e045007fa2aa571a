/// @file
/// Directories that are kept open briefly because they are used repeatedly.
/// Part of posix_world.
#pragma once

#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <time.h>

namespace qslice::detail {

/// A few directories, each kept open for at most a second.
///
/// On an in-memory file system, resolving the path of a queue's directory takes longer than making
/// a file in it, and a durable enqueue resolves it five times. If another directory is moved to the
/// path meanwhile, that is noticed within the second; until then calls go to the old directory. A
/// removed directory is noticed at once. Relative paths are not kept.
/// @safety one object serves one thread; a copy starts empty
class posix_directories {
public:
    static constexpr std::int64_t keep_for_ns = 1'000'000'000;

    posix_directories() = default;
    posix_directories(const posix_directories&) noexcept : posix_directories() {}
    posix_directories(posix_directories&&) noexcept = default;
    posix_directories& operator=(const posix_directories& other) noexcept {
        if (this != &other) forget();
        return *this;
    }
    posix_directories& operator=(posix_directories&&) noexcept = default;
    ~posix_directories() = default;

    /// An open directory; null if it is not open.
    [[nodiscard]] posix_file* find(std::string_view path) {
        for (auto& kept : kept_) {
            if (!kept || kept->path != path) continue;
            if (now_ns() < kept->until_ns) return &kept->directory;
        }
        return nullptr;
    }

    /// Keeps a directory that was just opened, replacing the oldest.
    void keep(const std::string& path, posix_file directory) {
        if (!path.starts_with('/')) return;
        kept_[next_].emplace(kept_directory{path, std::move(directory), now_ns() + keep_for_ns});
        next_ = (next_ + 1) % kept_.size();
    }

    /// Closes the directories whose second is over. Never between two looks of one call: a rename
    /// that has found its source's directory would use a closed descriptor.
    void forget_expired() noexcept {
        for (auto& kept : kept_) {
            if (kept && kept->until_ns <= now_ns()) kept.reset();
        }
    }

    void forget() noexcept {
        for (auto& kept : kept_) kept.reset();
    }

    /// Forgets the directories at or below a path.
    void forget_below(std::string_view path) noexcept {
        for (auto& kept : kept_) {
            if (kept && kept->path.starts_with(path)) kept.reset();
        }
    }

    /// How the "...at" system calls name a path.
    struct place {
        int directory = AT_FDCWD;
        const char* name = nullptr;
    };
    [[nodiscard]] place place_of(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        if (slash != std::string::npos && slash > 0) {
            if (const auto* directory = find(std::string_view(path).substr(0, slash))) {
                return {directory->descriptor(), path.c_str() + slash + 1};
            }
        }
        return {AT_FDCWD, path.c_str()};
    }

    /// Calls a function with a path's place; on `not_found`, once more with the path itself, since
    /// a kept directory may have been removed and replaced.
    template <class Call>
    int at(const std::string& path, Call&& call) {
        forget_expired();
        const place where = place_of(path);
        const int done = retry([&] { return call(where); });
        if (done >= 0 || errno != ENOENT || !keeps_any()) return done;
        forget();
        return retry([&] { return call(place{AT_FDCWD, path.c_str()}); });
    }

private:
    struct kept_directory {
        std::string path;
        posix_file directory;
        std::int64_t until_ns;
    };

    [[nodiscard]] bool keeps_any() const noexcept {
        return std::any_of(kept_.begin(), kept_.end(), [](const auto& k) { return k.has_value(); });
    }

    static std::int64_t now_ns() noexcept {
        timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
        return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
    }

    std::array<std::optional<kept_directory>, 4> kept_;
    std::size_t next_ = 0;
};

}  // namespace qslice::detail
