/// @file
/// What a slice_keeper remembers between two polls, as plain data. For tools that compare moments
/// of a simulation: with equal memories and equal files, keepers go on in the same way.
#pragma once

#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/lease_survey.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice {

/// A copy of a keeper's memory. Times are relative to a moment of its own steady clock, in seconds.
struct keeper_memory {
    struct lease {
        seen_lease name;
        int phase = 0;              ///< what it does with it
        double renews_in_s = 0;     ///< at its first poll after that
        double sure_for_s = 0;      ///< negative: no more
        bool is_confirmed = false;  ///< whether a look has found what it wrote last
        double written_s = 0;       ///< how long ago, unless it is confirmed
        bool was_started = false;   ///< its runner
    };
    struct silence {
        leased_slice of;
        std::optional<seen_lease> last;
        double for_s = 0;
    };
    struct want {
        leased_slice of;
        std::uint64_t beat = 0;
    };
    struct wanted {
        leased_slice of;
        double again_in_s = 0;
    };

    std::uint64_t epoch = 0;
    std::uint64_t newest_epoch = 0;  ///< that it has read
    bool is_first = true;
    bool is_stopping = false;
    double older_seen_s = 0;  ///< how long ago
    double next_poll_s = 0;
    std::vector<lease> held;
    std::vector<silence> watched;
    std::vector<want> wants;      ///< of others, for slices that it holds
    std::vector<wanted> wanting;  ///< slices that it wants back

    /// @param now_s  by the keeper's steady clock
    template <class Keeper>
    static keeper_memory of(const Keeper& k, double now_s) {
        keeper_memory m{k.epoch_,
                        k.watch_.epoch(),
                        k.is_first_,
                        k.is_stopping_,
                        now_s - k.older_seen_s_,
                        k.next_poll_s(),
                        {},
                        {},
                        {},
                        {}};
        for (const auto& [slice, own] : k.held_) {
            const auto& fence = *own.slice.fence;
            m.held.push_back({{fence.lease, own.beat},
                              static_cast<int>(own.now),
                              own.renew_at - now_s,
                              fence.sure_until_s - now_s,
                              own.renewed_at == 0,
                              now_s - own.renewed_at,
                              fence.last_call_s != 0});
        }
        for (const auto& [slice, watch] : k.watched_) {
            m.watched.push_back({slice, watch.last(), now_s - watch.since_s()});
        }
        for (const auto& [slice, watch] : k.wants_) {
            if (watch.last()) m.wants.push_back({slice, *watch.last()});
        }
        for (const auto& [slice, at] : k.want_at_) m.wanting.push_back({slice, at - now_s});
        return m;
    }
};

}  // namespace qslice
