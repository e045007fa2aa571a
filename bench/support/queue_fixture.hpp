/// @file
/// Queue directories for the benchmarks: where they may lie, how they are filled, and how they are
/// removed. The programs on files(), enqueue and the runner use it.
#pragma once

#include "turns.hpp"

#include <qslice/core/entry_name.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace qslice::bench {

/// A place for queues: a file system in memory, or a disk.
struct medium {
    std::string name;
    std::filesystem::path root;
};

/// The media of this machine: /dev/shm if it is in memory, and the directory named by the
/// environment variable QSLICE_BENCH_DISK, or otherwise the current one, if it is not in memory.
inline std::vector<medium> media() {
    constexpr long tmpfs_magic = 0x01021994;
    const auto in_memory = [](const std::filesystem::path& path) {
        struct statfs s {};
        return ::statfs(path.c_str(), &s) == 0 && s.f_type == tmpfs_magic;
    };
    const char* const named = std::getenv("QSLICE_BENCH_DISK");
    const std::filesystem::path disk = named != nullptr ? named : ".";
    std::vector<medium> found;
    if (in_memory("/dev/shm")) found.push_back({"tmpfs", "/dev/shm"});
    if (!in_memory(disk)) found.push_back({"disk", std::filesystem::absolute(disk)});
    return found;
}

/// A directory that is removed with its contents by the object's destructor.
class scratch_directory {
public:
    explicit scratch_directory(const medium& where)
        : path_(where.root / ("qslice-bench-" + std::to_string(::getpid()) + "-" +
                              std::to_string(next_number()))) {
        std::filesystem::create_directories(path_);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string path() const { return path_.string(); }

    /// A subdirectory.
    [[nodiscard]] std::string make(const std::string& name) const {
        std::filesystem::create_directories(path_ / name);
        return (path_ / name).string();
    }

private:
    static int next_number() {
        static int number = 0;
        return ++number;
    }
    std::filesystem::path path_;
};

/// A message of this many bytes, in lines.
inline std::string message_of(std::size_t bytes) {
    std::string text = "From: anne@example.com\nTo: list@example.com\nSubject: a post\n\n";
    while (text.size() < bytes) text += "The quick brown fox jumps over the lazy dog. 0123456789\n";
    text.resize(bytes);
    return text;
}

/// The time of a piece of work: in memory processor time, since nothing waits; on a disk wall-clock
/// time, since the work consists of waiting.
double cost_of(const medium& where, auto&& work) {
    return where.name == "tmpfs" ? cpu_seconds_of(work) : seconds_of(work);
}

/// The names of entries that arrive at random at a thousand per second on average, in order of
/// arrival. Their hashes are random, so every slice has its share.
inline std::vector<std::string> entry_names(std::size_t count) {
    std::mt19937_64 random(20140525);
    double time = 1400972196.0;
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        time += static_cast<double>(random() % 2'000'000) * 1e-9;
        const hash_value hash(random(), random(), static_cast<std::uint32_t>(random()));
        names.push_back(to_base_name({{time}, hash}));
    }
    return names;
}

/// Makes an empty file for each name.
inline void fill(const std::string& directory, const std::vector<std::string>& names) {
    const int at = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const auto& name : names) {
        const int file =
            ::openat(at, (name + ".pck").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
        if (file < 0) throw std::runtime_error("cannot fill " + directory);
        ::close(file);
    }
    ::close(at);
}

}  // namespace qslice::bench
