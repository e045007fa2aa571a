/// @file
/// Makes small random scenarios out of a given one: fewer posts at critical times, faults, clocks
/// that disagree. Each seed of a search is one of them.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// What a search may change in a scenario.
enum class variation {
    times,          ///< posts at equal or nearly equal times, clocks of a coarse resolution
    crashes,        ///< runners and the mail server's process crash at storage calls
    power,          ///< single machines or all lose power
    clocks,         ///< clocks that are ahead or behind, drift or are stepped
    storage,        ///< storage calls that fail, a full disk, calls that hang
    outside,        ///< slow machines, a mail server that does not answer, foreign files
    configuration,  ///< a slice with no runner or with two, or different numbers of slices
    crafted,        ///< entries whose hashes are the ends of slices
    pauses,         ///< runners that stand still, machines that cannot reach the storage
    lease_clocks,   ///< clocks that measure leases and are set
};

inline constexpr named_values<variation, 10> variation_table{{
    {"times", variation::times},
    {"crashes", variation::crashes},
    {"power", variation::power},
    {"clocks", variation::clocks},
    {"storage", variation::storage},
    {"outside", variation::outside},
    {"configuration", variation::configuration},
    {"crafted", variation::crafted},
    {"pauses", variation::pauses},
    {"lease_clocks", variation::lease_clocks},
}};
static_assert(is_whole<variation_table>);

/// The bounds of a search's changes.
struct search_bounds {
    /// All except configuration, crafted and lease_clocks, which break what no policy can keep, and
    /// pauses, which matter where slices have owners.
    std::vector<variation> vary{variation::times,  variation::crashes, variation::power,
                                variation::clocks, variation::storage, variation::outside};
    std::uint64_t most_posts = 20;
    std::uint64_t most_faults = 3;
    double most_skew_s = 5;   ///< maximum clock offset
    double most_gap_s = 10;   ///< mean time between posts
    double most_down_s = 60;  ///< maximum time without power
    double drain_s = 600;     ///< maximum time after the last post
};

/// Removes the settings of lists to which nothing is posted: a file with them would not be read.
void drop_lists_without_posts(scenario& s);

/// One of the random scenarios.
///
/// Its posts are taken from the base's stream and listed in it, its faults are at counted storage
/// calls or at times, so that it is self-contained and can be written to a file. Half of the
/// permitted variations, chosen at random, take part in each.
/// @param base    its own faults stay
/// @param stream  the base's stream, with at least one post
/// @returns a function of base, stream, bounds and seed
[[nodiscard]] scenario vary(const scenario& base, const message_stream& stream,
                            const search_bounds& bounds, std::uint64_t seed);

}  // namespace qslice::sim
