/// @file
/// The bytes of a simulated file, and which of them are already on the disk. A crash leaves one of
/// the contents that the writes since the last fsync can produce.
#pragma once

#include "sim/engine/choices.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// A file's content in the page cache, and the durable part of it.
/// @safety a plain value
class file_content {
public:
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool durable() const noexcept { return durable_; }

    /// Writes at an offset; a gap before it reads as zeros.
    void write(std::size_t offset, std::string_view data) {
        if (data.empty()) return;
        if (offset < durable_size_) save_durable();
        durable_ = false;
        if (bytes_.size() < offset) bytes_.resize(offset);
        const std::size_t over = std::min(bytes_.size() - offset, data.size());
        data.copy(bytes_.data() + offset, over);
        bytes_.append(data.substr(over));
    }

    void truncate() {
        if (bytes_.empty()) return;
        save_durable();
        durable_ = false;
        bytes_.clear();
    }

    void replace(std::string bytes) {
        truncate();
        write(0, bytes);
    }

    void make_durable() {
        durable_ = true;
        durable_size_ = bytes_.size();
        overwritten_.reset();
    }

    /// The content after a power loss. In the order of the choices: all of the current content, the
    /// beginning of what was written, its full length with a part that is zeros, or only the
    /// durable content. Writes are torn into at most 8 pieces, at sector boundaries if the file is
    /// large enough.
    /// @source the effects of delayed allocation and unordered write-back, e.g. Pillai et al., "All
    ///         file systems are not created equal"
    void crash(choice_source& choices) {
        if (durable_) return;
        const std::size_t kept = overwritten_ ? 0 : durable_size_;
        const std::size_t written = bytes_.size() - kept;
        const std::size_t piece = piece_of(written);
        const std::size_t pieces = written == 0 ? 0 : (written + piece - 1) / piece;
        // The beginning may be empty: a file that was truncated and not yet written.
        const std::size_t first_cut = overwritten_ ? 0 : 1;
        if (pieces <= first_cut) {
            if (choices.choose(2) == 1) go_back();
            return make_durable();
        }
        switch (choices.choose(4)) {
            case 0: break;
            case 1: {
                const std::size_t cut = first_cut + choices.choose(pieces - first_cut);
                bytes_.resize(kept + cut * piece);
                break;
            }
            case 2: {
                const std::size_t from = choices.choose(pieces);
                const std::size_t count = 1 + choices.choose(pieces - from);
                const std::size_t start = kept + from * piece;
                const std::size_t end = std::min(bytes_.size(), start + count * piece);
                std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(start),
                          bytes_.begin() + static_cast<std::ptrdiff_t>(end), '\0');
                break;
            }
            case 3: go_back(); break;
        }
        make_durable();
    }

private:
    static std::size_t piece_of(std::size_t written) {
        constexpr std::size_t sector = 512;
        constexpr std::size_t most_pieces = 8;
        if (written <= sector) return std::max<std::size_t>(1, (written + 1) / 2);
        const std::size_t even = (written + most_pieces - 1) / most_pieces;
        return (even + sector - 1) / sector * sector;
    }

    // The durable bytes are a prefix of bytes_ until one of them is changed.
    void save_durable() {
        if (!overwritten_ && durable_size_ > 0) overwritten_ = bytes_.substr(0, durable_size_);
    }

    void go_back() {
        if (overwritten_) {
            bytes_ = *overwritten_;
        } else {
            bytes_.resize(durable_size_);
        }
    }

    std::string bytes_;
    std::size_t durable_size_ = 0;
    std::optional<std::string> overwritten_;
    bool durable_ = true;
};

}  // namespace qslice::sim
