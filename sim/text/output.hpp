/// @file
/// A buffered writer of formatted text that reports when the text could not be written.
/// Standard output and the record files go through it.
#pragma once

#include <qslice/core/result.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {

/// A buffered text stream. No failure goes unnoticed: the first is stored, and finish() returns it.
/// @safety one object for use by one thread
class output {
public:
    /// @param stream  owned by the caller; stays open
    /// @param name    for errors: "standard output" or a path
    output(std::FILE* stream, std::string name) : stream_(stream), name_(std::move(name)) {}
    output(const output&) = delete;
    output& operator=(const output&) = delete;
    ~output() { flush(); }

    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(fmt::appender(buffer_), format, std::forward<Args>(args)...);
        if (buffer_.size() >= flush_at) flush();
    }

    void write(std::string_view text) {
        buffer_.append(text);
        if (buffer_.size() >= flush_at) flush();
    }

    /// Flushes the buffer, so that the output so far can be read.
    void flush();

    /// Flushes the buffer.
    /// @returns the first failure of any write: `no_space` or `io`
    result<void> finish();

private:
    static constexpr std::size_t flush_at = std::size_t{1} << 16;

    std::FILE* stream_;
    std::string name_;
    fmt::basic_memory_buffer<char, 4096> buffer_;
    int first_errno_ = 0;
};

}  // namespace qslice::sim
