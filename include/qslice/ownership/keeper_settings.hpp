/// @file
/// Which slices a process owns by right, and for which it stands by: the settings of a
/// slice_keeper. A topology states them at compile time (topology/standby.hpp).
#pragma once

#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/lease_times.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace qslice {

/// Never stands by for a slice.
inline constexpr std::size_t never_stands_by = std::numeric_limits<std::size_t>::max();

/// Whose slices a process takes.
struct keeper_settings {
    std::string spool;  ///< the directory that holds the queues' directories
    std::string queue_directory;
    std::string identity;  ///< "mx1/IncomingRunner": of no other process of the site
    queue_terms built;     ///< what the program is built for; the spool states the slices
    lease_times times{};
    /// Of a slice of that many: 0 for its own owner, n for the n-th to stand by for it.
    std::function<std::size_t(std::uint64_t slice, std::uint64_t slices)> rank;
};

/// The rank of a machine for a slice when machines own slices in turn and stand by for one another:
/// 0 for the owner, then 1, 2, ... so that the slices of one machine go to different others.
/// @param self  the machine, below `machines`
/// @param owner  the slice's own machine
/// @param round  which of the owner's slices it is, from 0
constexpr std::size_t rank_in_turn(std::size_t self, std::size_t owner, std::size_t machines,
                                   std::uint64_t round) noexcept {
    if (self == owner) return 0;
    const std::size_t others = machines - 1;
    const std::size_t distance = (self + machines - owner) % machines - 1;
    return 1 + (distance + others - round % others) % others;
}
static_assert(rank_in_turn(1, 0, 3, 0) == 1 && rank_in_turn(2, 0, 3, 0) == 2);
static_assert(rank_in_turn(1, 0, 3, 1) == 2 && rank_in_turn(2, 0, 3, 1) == 1);

}  // namespace qslice
