/// @file
/// What the fuzz targets share: an input is handed to one reader, and what the reader accepts has
/// to keep a law. Each target is a libFuzzer program, and as an ordinary test plays recorded
/// inputs.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace qslice::test {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Ends the program, which makes the input a finding, unless the law holds.
inline void keep(bool law, std::string_view what) {
    if (law) return;
    std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

/// A file in memory, for readers that take a path.
class memory_file {
public:
    explicit memory_file(std::string_view content) : descriptor_(memfd_create("input", 0)) {
        if (descriptor_ < 0 || write(descriptor_, content.data(), content.size()) !=
                                   static_cast<ssize_t>(content.size())) {
            throw std::runtime_error("no file in memory");
        }
    }
    ~memory_file() { close(descriptor_); }
    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    [[nodiscard]] std::string path() const {
        return "/proc/self/fd/" + std::to_string(descriptor_);
    }

private:
    int descriptor_;
};

}  // namespace qslice::test
