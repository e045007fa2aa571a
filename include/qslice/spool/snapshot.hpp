/// @file
/// What one look at a queue's directory found: the entries of a slice, in processing order,
/// and the names that could not be read. Switchboard::files() returns it.
#pragma once

#include <qslice/core/digest.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// One entry of a snapshot; `hash` is zero where one slice takes everything and the name's
/// hash is not hex (Mailman does not look at it then).
struct listed_entry {
    timestamp time;
    digest hash;
    std::uint32_t name_offset = 0;
    std::uint32_t name_size = 0;
};

/// The entries in processing order. Names lie in one block of memory, so that a million of
/// them cost no million allocations.
/// @safety a plain value
class snapshot {
public:
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    [[nodiscard]] const listed_entry& operator[](std::size_t i) const { return entries_[i]; }

    /// The base name (without extension) of the i-th entry; valid while the snapshot lives.
    [[nodiscard]] std::string_view base_name(std::size_t i) const { return base_name(entries_[i]); }
    [[nodiscard]] std::string_view base_name(const listed_entry& e) const {
        return std::string_view(names_).substr(e.name_offset, e.name_size);
    }

    /// One error for each file of the wanted extension whose name could not be read. The
    /// files are still in the directory.
    [[nodiscard]] const std::vector<error>& malformed() const noexcept { return malformed_; }

    void add(timestamp time, digest hash, std::string_view base) {
        entries_.push_back({time, hash, static_cast<std::uint32_t>(names_.size()),
                            static_cast<std::uint32_t>(base.size())});
        names_ += base;
    }
    void add_malformed(error e) { malformed_.push_back(std::move(e)); }

    [[nodiscard]] std::vector<listed_entry>& entries() noexcept { return entries_; }
    [[nodiscard]] const std::vector<listed_entry>& entries() const noexcept { return entries_; }

private:
    std::vector<listed_entry> entries_;
    std::string names_;
    std::vector<error> malformed_;
};

}  // namespace qslice
