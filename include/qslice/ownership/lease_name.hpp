/// @file
/// The name of a lease's file: which slice of which division, and the lease's number.
/// lease_files.hpp makes such files, inspections read them.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/ownership/deployment_text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

/// One slice of one epoch's division of a queue.
struct leased_slice {
    std::uint64_t epoch = 1;
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;

    friend constexpr auto operator<=>(const leased_slice&, const leased_slice&) = default;
};

/// A lease. Its number grows with each owner of the slice: of two leases the one with the higher
/// number is the valid one. Together with the epoch it is a fencing token.
struct lease_name {
    leased_slice of;
    std::uint64_t number = 1;
    bool given_back = false;  ///< nobody holds it any more; the next has the next number

    friend constexpr bool operator==(const lease_name&, const lease_name&) = default;
};

/// Where the leases of a queue are.
inline std::string lease_directory(const std::string& queue_directory) {
    return queue_directory + "/leases";
}

/// "3.0-of-4": slice 0 of 4 in epoch 3.
inline std::string to_string(const leased_slice& s) {
    return std::to_string(s.epoch) + '.' + std::to_string(s.slice) + "-of-" +
           std::to_string(s.slices);
}

/// "3.0-of-4.7", or "3.0-of-4.7.free" once it is given back.
inline std::string to_string(const lease_name& l) {
    return to_string(l.of) + '.' + std::to_string(l.number) + (l.given_back ? ".free" : "");
}

/// Parses a file name.
/// @returns nothing for any other file's name
inline std::optional<lease_name> parse_lease_name(std::string_view text) {
    lease_name name;
    constexpr std::string_view free = ".free";
    if (text.ends_with(free)) {
        name.given_back = true;
        text.remove_suffix(free.size());
    }
    constexpr std::array<std::string_view, 3> separators{".", "-of-", "."};
    const std::array<std::uint64_t*, 4> parts{&name.of.epoch, &name.of.slice, &name.of.slices,
                                              &name.number};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t end =
            i < separators.size() ? text.find(separators[i]) : std::string_view::npos;
        if (i < separators.size() && end == std::string_view::npos) return std::nullopt;
        const auto number = detail::whole_number<std::uint64_t>(text.substr(0, end));
        if (!number) return std::nullopt;
        *parts[i] = *number;
        if (i < separators.size()) text.remove_prefix(end + separators[i].size());
    }
    if (name.of.slice >= name.of.slices || name.number == 0) return std::nullopt;
    return name;
}

/// Whether two slices of divisions into equal ranges have a hash in common.
constexpr bool ranges_overlap(const leased_slice& a, const leased_slice& b) noexcept {
    return a.slice * b.slices < (b.slice + 1) * a.slices &&
           b.slice * a.slices < (a.slice + 1) * b.slices;
}
static_assert(ranges_overlap({1, 0, 2}, {2, 1, 3}) && !ranges_overlap({1, 0, 2}, {2, 2, 3}));
static_assert(!ranges_overlap({1, 0, 2}, {2, 1, 2}) && ranges_overlap({1, 0, 1}, {2, 4, 5}));

}  // namespace qslice
