/// @file
/// The bytes of a simulated file, and which of them are already on the disk. A crash leaves one of
/// the contents that the writes since the last fsync can produce.
#pragma once

#include "sim/engine/choices.hpp"

#include <qslice/core/shared_bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {

/// A file's content in the page cache, and the durable part of it.
/// Readers share its bytes; a change of bytes that others read makes a copy of them.
/// @safety a plain value, for use by one thread
class file_content {
public:
    [[nodiscard]] std::string_view bytes() const noexcept {
        return bytes_ ? std::string_view(*bytes_) : std::string_view();
    }
    [[nodiscard]] shared_bytes share() const { return shared_bytes(bytes_); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }
    [[nodiscard]] bool durable() const noexcept { return durable_; }

    /// The bytes that a power loss leaves at least.
    [[nodiscard]] std::string_view durable_bytes() const noexcept {
        return overwritten_ ? std::string_view(*overwritten_) : bytes().substr(0, durable_size_);
    }

    /// After a power loss: crash() is still to decide what it left.
    void leave_undecided() noexcept { undecided_ = !durable_; }
    [[nodiscard]] bool undecided() const noexcept { return undecided_; }
    /// Whether a power loss left other bytes than were written last.
    [[nodiscard]] bool damaged() const noexcept { return damaged_; }

    /// Writes at an offset; a gap before it reads as zeros.
    void write(std::size_t offset, std::string_view data) {
        if (data.empty()) return;
        if (offset < durable_size_) save_durable();
        durable_ = false;
        std::string& bytes = own();
        if (bytes.size() < offset) bytes.resize(offset);
        const std::size_t over = std::min(bytes.size() - offset, data.size());
        data.copy(bytes.data() + offset, over);
        bytes.append(data.substr(over));
    }

    /// The same at the beginning, for bytes that the writer does not need any more.
    void write_owned(std::string&& data) {
        // A short string has no bytes outside itself that could be taken over.
        constexpr std::size_t short_size = 64;
        if (size() > data.size() || data.size() < short_size) return write(0, data);
        if (durable_size_ > 0) save_durable();
        durable_ = false;
        bytes_ = std::make_shared<std::string>(std::move(data));
    }

    void truncate() {
        damaged_ = false;
        if (size() == 0) return;
        save_durable();
        durable_ = false;
        bytes_.reset();
    }

    void replace(std::string bytes) {
        truncate();
        write_owned(std::move(bytes));
    }

    void make_durable() {
        durable_ = true;
        undecided_ = false;
        durable_size_ = size();
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
        damaged_ |= !leave_one_of(choices);
        make_durable();
    }

private:
    /// @returns whether it left everything
    bool leave_one_of(choice_source& choices) {
        const std::size_t kept = overwritten_ ? 0 : durable_size_;
        const std::size_t written = size() - kept;
        const std::size_t piece = piece_of(written);
        const std::size_t pieces = written == 0 ? 0 : (written + piece - 1) / piece;
        // The beginning may be empty: a file that was truncated and not yet written.
        const std::size_t first_cut = overwritten_ ? 0 : 1;
        if (pieces <= first_cut) {
            if (choices.choose(2) == 0) return true;
            go_back();
            return false;
        }
        switch (choices.choose(4)) {
            case 0: return true;
            case 1: {
                const std::size_t cut = first_cut + choices.choose(pieces - first_cut);
                own().resize(kept + cut * piece);
                break;
            }
            case 2: {
                const std::size_t from = choices.choose(pieces);
                const std::size_t count = 1 + choices.choose(pieces - from);
                const std::size_t start = kept + from * piece;
                const std::size_t end = std::min(size(), start + count * piece);
                std::string& bytes = own();
                std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(start),
                          bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
                break;
            }
            case 3: go_back(); break;
        }
        return false;
    }

    static std::size_t piece_of(std::size_t written) {
        constexpr std::size_t sector = 512;
        constexpr std::size_t most_pieces = 8;
        if (written <= sector) return std::max<std::size_t>(1, (written + 1) / 2);
        const std::size_t even = (written + most_pieces - 1) / most_pieces;
        return (even + sector - 1) / sector * sector;
    }

    // The durable bytes are a prefix of bytes_ until one of them is changed.
    void save_durable() {
        if (!overwritten_ && durable_size_ > 0) {
            overwritten_ = std::string(bytes().substr(0, durable_size_));
        }
    }

    void go_back() {
        if (overwritten_) {
            bytes_ = std::make_shared<std::string>(*overwritten_);
        } else {
            own().resize(durable_size_);
        }
    }

    /// The bytes, for changes.
    std::string& own() {
        if (!bytes_) {
            bytes_ = std::make_shared<std::string>();
        } else if (bytes_.use_count() > 1) {
            bytes_ = std::make_shared<std::string>(*bytes_);
        }
        return *bytes_;
    }

    std::shared_ptr<std::string> bytes_;  ///< null: none
    std::size_t durable_size_ = 0;
    std::optional<std::string> overwritten_;
    bool durable_ = true;
    bool undecided_ = false;
    bool damaged_ = false;
};

}  // namespace qslice::sim
