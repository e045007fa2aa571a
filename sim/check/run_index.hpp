/// @file
/// Finds what belongs to a post or a digest in the record of a run.
/// The checks share it, so that each is linear in what it looks at.
#pragma once

#include "sim/record/run_record.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace qslice::sim {

/// For each key its items, in the order of their numbers.
class grouping {
public:
    grouping() = default;

    /// @param keys  of each item, below `groups`, or `none`: it belongs to no group
    grouping(const std::vector<std::uint32_t>& keys, std::size_t groups);

    [[nodiscard]] std::size_t size() const noexcept { return begins_.size() - 1; }
    [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t key) const {
        return std::span(items_).subspan(begins_[key], begins_[key + 1] - begins_[key]);
    }

private:
    std::vector<std::uint32_t> begins_{0};
    std::vector<std::uint32_t> items_;
};

/// The entries and effects of every post and digest.
/// @safety it refers to the record, which has to outlive it
struct run_index {
    explicit run_index(const run_record& run);

    const run_record& run;
    grouping entries;            ///< of a post
    grouping deliveries;         ///< of a post
    grouping archivings;         ///< of a post
    grouping digest_entries;     ///< of a digest
    grouping digest_deliveries;  ///< of a digest

    /// The queue's name; "?" for an entry of none.
    [[nodiscard]] std::string_view queue_of(const entry_record& entry) const;
    /// "NAME on MACHINE"; "?" for none.
    [[nodiscard]] std::string process_name(std::uint32_t process) const;
    /// "post 17 (list dev, from anne@example.com)"
    [[nodiscard]] std::string post_name(std::uint32_t post) const;
    /// Seconds after the start of the run, "12.345 s".
    [[nodiscard]] std::string at(virtual_time t) const;
};

}  // namespace qslice::sim
