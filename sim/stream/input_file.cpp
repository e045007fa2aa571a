#include "sim/stream/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

namespace qslice::sim {

namespace {

std::string reason(int number) { return std::generic_category().message(number); }

}  // namespace

void input_file::close::operator()(gzFile_s* file) const noexcept { gzclose_r(file); }

result<input_file> input_file::open(const std::string& path) {
    const bool standard = path == "-";
    const std::string name = standard ? "standard input" : path;
    errno = 0;
    const int copy = standard ? dup(STDIN_FILENO) : -1;
    gzFile_s* const file = standard ? gzdopen(copy, "rb") : gzopen(path.c_str(), "rb");
    if (file == nullptr) {
        const int problem = errno;
        if (copy >= 0) ::close(copy);
        const error_code code = problem == ENOENT || problem == ENOTDIR ? error_code::not_found
                                : problem == EACCES                     ? error_code::denied
                                                                        : error_code::io;
        return failure(code, name, "cannot be opened: " + reason(problem));
    }
    constexpr unsigned compressed_buffer = 128 * 1024;
    gzbuffer(file, compressed_buffer);
    return input_file(file, name);
}

result<bool> input_file::fill() {
    constexpr std::size_t piece = 256 * 1024;
    if (begin_ > 0) {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < end_ + piece) buffer_.resize(end_ + piece);
    errno = 0;
    const int got = gzread(file_.get(), buffer_.data() + end_, piece);
    const int system_problem = errno;
    if (got > 0) {
        end_ += static_cast<std::size_t>(got);
        return true;
    }
    int problem = Z_OK;
    const char* const text = gzerror(file_.get(), &problem);
    if (problem == Z_OK || problem == Z_STREAM_END) return false;
    if (problem == Z_ERRNO) {
        return failure(error_code::io, name_, "cannot be read: " + reason(system_problem));
    }
    if (problem == Z_BUF_ERROR) {
        return failure(error_code::malformed, name_, "the gzip file is truncated");
    }
    return failure(error_code::malformed, name_,
                   fmt::format("the gzip file is damaged (zlib: {})", text));
}

result<bool> input_file::next_line(std::string_view& line) {
    std::size_t searched = 0;
    while (true) {
        const char* const from = buffer_.data() + begin_;
        const std::size_t size = end_ - begin_;
        const void* const found =
            size > searched ? std::memchr(from + searched, '\n', size - searched) : nullptr;
        const std::size_t length =
            found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - from)
                             : size;
        if (length > longest_line) {
            ++line_;
            return failure(error_code::malformed, place(),
                           fmt::format("expected lines of at most {} bytes", longest_line));
        }
        if (found != nullptr) {
            line = {from, length};
            begin_ += length + 1;
            break;
        }
        searched = size;
        const auto more = fill();
        if (!more) return failure(more.error());
        if (*more) continue;
        if (begin_ == end_) return false;
        line = {buffer_.data() + begin_, end_ - begin_};
        begin_ = end_;
        open_line_ = true;
        break;
    }
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
}

result<std::string> input_file::rest(std::uint64_t most) {
    std::string text;
    while (true) {
        if (text.size() + (end_ - begin_) > most) {
            return failure(error_code::malformed, name_,
                           fmt::format("expected at most {} bytes, decompressed", most));
        }
        text.append(buffer_.data() + begin_, end_ - begin_);
        begin_ = end_ = 0;
        const auto more = fill();
        if (!more) return failure(more.error());
        if (!*more) return text;
    }
}

std::string input_file::place() const { return fmt::format("{}:{}", name_, line_); }

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string shown = "'";
    for (const char c : text.substr(0, longest)) {
        if (c >= ' ' && c <= '~') {
            shown += c;
        } else {
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return shown += text.size() > longest ? "...'" : "'";
}

}  // namespace qslice::sim
