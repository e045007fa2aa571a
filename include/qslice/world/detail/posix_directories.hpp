/// @file
/// Directories that are kept open briefly because they are used repeatedly.
/// Part of posix_world.
#pragma once

#include <qslice/world/detail/posix_file.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <time.h>

namespace qslice::detail {

/// A few directories of this thread, each kept open for at most a second.
///
/// On an in-memory file system, resolving the path of a queue's directory takes longer than making
/// a file in it, and a durable enqueue resolves it five times. If another directory is moved to the
/// path meanwhile, that is noticed within the second; until then calls go to the old directory. A
/// removed directory is noticed at once. Relative paths are not kept. Threads have their own, and
/// all worlds of a thread the same, so that one of them that waits closes them in time.
class posix_directories {
public:
    static constexpr std::int64_t keep_for_ns = 1'000'000'000;

    posix_directories() = delete;

    /// An open directory; null if it is not open.
    [[nodiscard]] static posix_file* find(std::string_view path) {
        for (auto& kept : all()) {
            if (!kept.is_open() || kept.path != path) continue;
            if (now_ns() < kept.until_ns) return &kept.directory;
        }
        return nullptr;
    }

    /// Keeps a directory that was just opened, replacing the oldest.
    static void keep(const std::string& path, posix_file directory) {
        const auto places = all();
        if (!path.starts_with('/') || places.empty()) return;
        auto* oldest = &places.front();
        for (auto& kept : places) {
            if (kept.until_ns < oldest->until_ns) oldest = &kept;
        }
        *oldest = {path, std::move(directory), now_ns() + keep_for_ns};
    }

    /// Closes the directories whose second is over. Never between two looks of one call: a rename
    /// that has found its source's directory would use a closed descriptor.
    static void forget_expired() noexcept {
        for (auto& kept : all()) {
            if (kept.is_open() && kept.until_ns <= now_ns()) kept = {};
        }
    }

    static void forget() noexcept {
        for (auto& kept : all()) kept = {};
    }

    /// Forgets the directories at or below a path.
    static void forget_below(std::string_view path) noexcept {
        for (auto& kept : all()) {
            if (kept.is_open() && kept.path.starts_with(path)) kept = {};
        }
    }

    [[nodiscard]] static bool keeps_any() noexcept {
        for (const auto& kept : all()) {
            if (kept.is_open()) return true;
        }
        return false;
    }

    /// How the "...at" system calls name a path.
    struct place {
        int directory = AT_FDCWD;
        const char* name = nullptr;
    };
    [[nodiscard]] static place place_of(const std::string& path) {
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
    static int at(const std::string& path, Call&& call) {
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
        posix_file directory{-1, {}};
        std::int64_t until_ns = 0;

        [[nodiscard]] bool is_open() const noexcept { return !path.empty(); }
    };

    /// A thread that ends may still call the library, from the destructors of its own objects.
    struct of_thread {
        std::array<kept_directory, 8> kept;
        of_thread() = default;
        of_thread(const of_thread&) = delete;
        of_thread& operator=(const of_thread&) = delete;
        ~of_thread() { ended = true; }
    };
    static inline thread_local bool ended = false;

    /// None in a thread that ends.
    static std::span<kept_directory> all() noexcept {
        if (ended) return {};
        thread_local of_thread own;
        return own.kept;
    }

    static std::int64_t now_ns() noexcept {
        timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
        return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
    }
};

}  // namespace qslice::detail
