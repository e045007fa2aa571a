/// @file
/// How long leases last, and how often they are renewed and looked at: all from one bound.
/// slice_keeper.hpp uses them, docs/takeover.md explains them.
#pragma once

#include <cstddef>

namespace qslice {

/// The times of leases, as parts of the bound within which a slice has an owner again.
///
/// An owner is sure of its lease for `sure_s()` from before its last renewal; others end it when
/// they have seen it unchanged for `silent_s()`. Each measures by its own steady clock: no two
/// clocks are compared. The difference is the margin for clocks that run at different rates.
struct lease_times {
    double takeover_s = 10;  ///< the bound, from the death of an owner to its successor's start
    double longest_work_s = 900;  ///< without a storage call for so long, a runner counts as hung

    [[nodiscard]] constexpr double sure_s() const noexcept { return 0.4 * takeover_s; }
    [[nodiscard]] constexpr double silent_s() const noexcept { return 0.6 * takeover_s; }
    [[nodiscard]] constexpr double renew_s() const noexcept { return 0.15 * takeover_s; }
    [[nodiscard]] constexpr double look_s() const noexcept { return 0.075 * takeover_s; }
    /// While a division changes, or a slice is given back.
    [[nodiscard]] constexpr double soon_s() const noexcept { return 0.01 * takeover_s; }

    /// How long the n-th to stand by waits beyond silent_s(), so that the first comes first.
    [[nodiscard]] constexpr double patience_s(std::size_t rank) const noexcept {
        return rank <= 1 ? 0 : 0.1 * takeover_s;
    }

    friend constexpr bool operator==(const lease_times&, const lease_times&) = default;
};

static_assert(lease_times{}.silent_s() + lease_times{}.patience_s(9) + 2 * lease_times{}.look_s() <
              lease_times{}.takeover_s);
static_assert(2 * lease_times{}.renew_s() < lease_times{}.sure_s());

}  // namespace qslice
