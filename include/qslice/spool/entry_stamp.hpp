/// @file
/// Which time a queue writer gives a new entry: the clock's, as Mailman, or one that only grows.
/// The spool traits choose one; an order that is kept from end to end stands on the second.
#pragma once

#include <qslice/core/timestamp.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <string_view>

namespace qslice {

/// Turns what the clock shows into the time of the next entry. Each queue writer has one of its
/// own and asks it once for each entry.
///
/// `keeps_order` tells runners that the order of stamps is to be kept: they leave an entry that
/// has to wait at its place, and hold back what shares its affinity until it is done.
template <class S>
concept stamp_policy = std::default_initializable<S> && std::copyable<S> &&
    requires(S& stamps, timestamp now) {
    { S::name } -> std::convertible_to<std::string_view>;
    { S::keeps_order } -> std::convertible_to<bool>;
    { stamps.next(now) } -> std::same_as<timestamp>;
};

/// The clock's time as it is, Mailman's way: entries that are written at the same time tie, and a
/// clock that is set back puts later entries before earlier ones.
struct clock_stamps {
    static constexpr std::string_view name = "clock";
    static constexpr bool keeps_order = false;

    [[nodiscard]] static timestamp next(timestamp now) noexcept { return now; }
};

/// The clock's time, but always later than the one before: the entries of one writer never tie,
/// and never go back when the clock stands still, is coarse or is set back.
///
/// The smallest step is that to the next double, 0.24 microseconds in the year 2026, so that a
/// writer is ahead of a clock that goes by at most that much for each entry written meanwhile.
/// @safety a plain value that belongs to one writer
class increasing_stamps {
public:
    static constexpr std::string_view name = "increasing";
    static constexpr bool keeps_order = true;

    [[nodiscard]] timestamp next(timestamp now) noexcept {
        last_.seconds = std::max(now.seconds, std::nextafter(last_.seconds, infinity));
        return last_;
    }

private:
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    timestamp last_{-infinity};
};

static_assert(stamp_policy<clock_stamps> && stamp_policy<increasing_stamps>);

}  // namespace qslice
