/// @file
/// A folder in memory for what a benchmark makes, removed with it.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <stdlib.h>

namespace qslice::bench {

/// Lies in /dev/shm if that exists, otherwise among the temporary files.
class memory_folder {
public:
    memory_folder() {
        std::error_code ignored;
        const std::filesystem::path memory = "/dev/shm";
        std::string pattern = (std::filesystem::is_directory(memory, ignored)
                                   ? memory
                                   : std::filesystem::temp_directory_path()) /
                              "qslice-bench-XXXXXX";
        if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    memory_folder(const memory_folder&) = delete;
    memory_folder& operator=(const memory_folder&) = delete;
    ~memory_folder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }

    /// Empty if it could not be made.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace qslice::bench
