/// @file
/// The result of one look at a queue's directory: the entries of a slice, in processing order, and
/// the names that could not be parsed. Switchboard::files() returns it.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// One entry of a snapshot: its time and the position of its name.
struct listed_entry {
    timestamp time;
    std::uint64_t name_place : 48 = 0;  ///< increases in the directory's listing order
    std::uint64_t name_size : 16 = 0;
};
static_assert(sizeof(listed_entry) == 16, "a million entries are sorted several times over");

/// The entries in processing order. Names are stored in large blocks of memory, so that a million
/// of them do not cost a million allocations, and none is copied when more are added.
/// @safety a plain value
class snapshot {
public:
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    [[nodiscard]] const listed_entry& operator[](std::size_t i) const { return entries_[i]; }

    /// The base name (without extension) of the i-th entry; valid while the snapshot lives.
    [[nodiscard]] std::string_view base_name(std::size_t i) const { return base_name(entries_[i]); }
    [[nodiscard]] std::string_view base_name(const listed_entry& e) const {
        return std::string_view(blocks_[e.name_place / block_size])
            .substr(e.name_place % block_size, e.name_size);
    }

    /// The hash in an entry's name; zero if one slice takes everything and the hash is not hex
    /// (Mailman does not look at it then).
    [[nodiscard]] hash_value hash(const listed_entry& e) const {
        const std::string_view base = base_name(e);
        hash_value d;
        if (base.size() > hash_value::size_hex) {
            (void)hash_value::try_parse(base.substr(base.size() - hash_value::size_hex), d);
        }
        return d;
    }

    /// One error for each file with the right extension whose name could not be parsed. The files
    /// are still in the directory.
    [[nodiscard]] const std::vector<error>& malformed() const noexcept { return malformed_; }

    /// Files that are being written or were left so (.tmp), below the queue's directory; only of a
    /// look at entries in hand.
    [[nodiscard]] const std::vector<std::string>& partials() const noexcept { return partials_; }

    /// @param base   at most 65535 characters, with its place
    /// @param place  the subdirectory of the queue in which it lies, if any
    void add(timestamp time, std::string_view base, std::string_view place = {}) {
        const std::size_t size = base.size() + (place.empty() ? 0 : place.size() + 1);
        if (blocks_.empty() || blocks_.back().size() + size > block_size) new_block();
        std::string& block = blocks_.back();
        const std::uint64_t at = (blocks_.size() - 1) * block_size + block.size();
        entries_.push_back({time, at & most_place, size & most_name});
        if (!place.empty()) (block += place) += '/';
        block += base;
    }
    void add_malformed(error e) { malformed_.push_back(std::move(e)); }
    /// The number of the slice's entries that a look at waiting ones saw in some process's hands.
    [[nodiscard]] std::size_t in_hand() const noexcept { return in_hand_; }
    void add_in_hand() noexcept { ++in_hand_; }

    void add_partial(std::string name) { partials_.push_back(std::move(name)); }

    [[nodiscard]] std::vector<listed_entry>& entries() noexcept { return entries_; }
    [[nodiscard]] const std::vector<listed_entry>& entries() const noexcept { return entries_; }

private:
    static constexpr std::size_t block_size = 256 * 1024;
    static constexpr std::uint64_t most_place = (std::uint64_t{1} << 48) - 1;
    static constexpr std::uint64_t most_name = 0xffff;

    // Most looks at a queue find few entries, so the first block grows as needed.
    void new_block() {
        const bool first = blocks_.empty();
        blocks_.emplace_back();
        if (!first) blocks_.back().reserve(block_size);
    }

    std::vector<listed_entry> entries_;
    std::vector<std::string> blocks_;
    std::vector<error> malformed_;
    std::vector<std::string> partials_;
    std::size_t in_hand_ = 0;
};

}  // namespace qslice
