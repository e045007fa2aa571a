/// @file
/// Virtual time: whole nanoseconds since the epoch, and its conversion to and from seconds. The
/// engine orders events by it; a machine's clock shows it with an error.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace qslice::sim {

/// The simulation's clock. It has no now(); an engine has.
struct virtual_clock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<virtual_clock>;
    static constexpr bool is_steady = true;
};

/// A duration of virtual time in nanoseconds; std::chrono's literals (5ms, 1s) convert to it.
using duration = virtual_clock::duration;

/// A point in virtual time, exact from the year 1678 to 2262.
using virtual_time = virtual_clock::time_point;

/// Later than every event.
inline constexpr virtual_time never = virtual_time::max();

/// The nearest duration; clamped to the maximum.
constexpr duration to_duration(double seconds) noexcept {
    constexpr double longest = 9.2e18;
    const double nanoseconds = seconds * 1e9;
    if (nanoseconds >= longest) return duration::max();
    if (nanoseconds <= -longest) return duration::min();
    return duration(static_cast<std::int64_t>(nanoseconds + (nanoseconds < 0 ? -0.5 : 0.5)));
}

/// Seconds as a double.
constexpr double to_seconds(duration d) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    return static_cast<double>(d.count() / second) + static_cast<double>(d.count() % second) * 1e-9;
}

/// Seconds since the epoch as a double, rounded as little as a double permits.
constexpr double to_seconds(virtual_time t) noexcept { return to_seconds(t.time_since_epoch()); }

/// The time this many seconds after the epoch.
constexpr virtual_time to_virtual_time(double seconds) noexcept {
    return virtual_time(to_duration(seconds));
}

/// t + d, clamped to the end of time.
constexpr virtual_time add(virtual_time t, duration d) noexcept {
    if (d > duration::zero() && t > never - d) return never;
    if (d < duration::zero() && t < virtual_time::min() - d) return virtual_time::min();
    return t + d;
}

static_assert(to_duration(1.5) == duration(1'500'000'000));
static_assert(to_seconds(to_virtual_time(1400972196.0)) == 1400972196.0);
static_assert(add(never, duration(1)) == never);

}  // namespace qslice::sim
