/// @file
/// An input file, plain or compressed by gzip, read line by line or as a whole. The readers of
/// traces and mbox files are based on it.
#pragma once

#include <qslice/core/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct gzFile_s;

namespace qslice::sim {

/// An open file. Gzip is detected by the first bytes, not by the file's name.
class input_file {
public:
    /// The maximum length of a line.
    static constexpr std::size_t longest_line = std::size_t{1} << 20;

    /// @param path  "-": standard input
    /// @returns `not_found`, `denied` or `io` with the path and the system's reason
    [[nodiscard]] static result<input_file> open(const std::string& path);

    /// Reads the next line, without its end ("\n" or "\r\n").
    /// @param line  valid until the next call
    /// @returns false at the end of the file; `io` if reading fails, `malformed` for a damaged or
    ///          truncated gzip file and for a line that is too long
    [[nodiscard]] result<bool> next_line(std::string_view& line);

    /// Reads the rest of the file.
    /// @param most  bytes, decompressed, since a small file can become large
    /// @returns `malformed` for more than `most` bytes; otherwise as next_line()
    [[nodiscard]] result<std::string> rest(std::uint64_t most);

    /// Whether the last line that next_line() returned has no end: the file's last one, which may
    /// just be written.
    [[nodiscard]] bool is_open_line() const noexcept { return open_line_; }

    /// How errors name the file: its path, or "standard input".
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// "NAME:LINE" of the last line that next_line() returned.
    [[nodiscard]] std::string place() const;

private:
    struct close {
        void operator()(gzFile_s* file) const noexcept;
    };

    input_file(gzFile_s* file, std::string name) : file_(file), name_(std::move(name)) {}
    [[nodiscard]] result<bool> fill();  // false: at the end

    std::unique_ptr<gzFile_s, close> file_;
    std::string name_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // unread part of the buffer
    std::size_t end_ = 0;
    std::size_t line_ = 0;
    bool open_line_ = false;
};

/// Text from a file for an error message: quoted, truncated and without terminal control
/// characters.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace qslice::sim
