/// @file
/// Finds the entries and effects of a post or digest in a run's record. The checks share it, so
/// that each is linear in what it examines.
#pragma once

#include "sim/record/run_record.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace qslice::sim {

/// The items of each key, by number.
class grouping {
public:
    grouping() = default;

    /// @param keys  key per item, less than `groups`, or `none` for no group
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
/// @safety refers to the record, which must outlive it
struct run_index {
    explicit run_index(const run_record& run);

    const run_record& run;
    grouping entries;                   ///< of a post
    grouping deliveries;                ///< of a post
    grouping archivings;                ///< of a post
    std::vector<grouping> own_effects;  ///< of a post, by kind
    grouping digest_entries;            ///< of a digest
    grouping digest_deliveries;         ///< of a digest

    /// The queue's name; "?" for an entry without a queue.
    [[nodiscard]] std::string_view queue_of(const entry_record& entry) const;
    /// "NAME on MACHINE"; "?" for none.
    [[nodiscard]] std::string process_name(std::uint32_t process) const;
    /// "post 17 (list dev, from anne@example.com)"
    [[nodiscard]] std::string post_name(std::uint32_t post) const;
    /// Seconds after the start of the run, "12.345 s".
    [[nodiscard]] std::string at(virtual_time t) const;
};

}  // namespace qslice::sim
