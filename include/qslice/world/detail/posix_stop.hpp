/// @file
/// A request to stop that any thread or signal handler makes, and that ends waiting at once.
/// Part of posix_world.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

namespace qslice::detail {

/// A flag, and a descriptor that can be read from once the flag is set.
/// @safety every member function may be called from any thread, and request() and requested() from
///         a signal handler
/// @source eventfd(2), poll(2)
class posix_stop {
public:
    [[nodiscard]] bool requested() const noexcept { return requested_; }

    void request() noexcept {
        const int before = errno;
        requested_ = true;
        const std::uint64_t one = 1;
        // Fails only if it can be read from already.
        [[maybe_unused]] const auto written = ::write(event_.descriptor(), &one, sizeof one);
        errno = before;
    }

    /// -1 if the process had no descriptor left for it.
    [[nodiscard]] int descriptor() const noexcept { return event_.descriptor(); }

    /// Waits until a descriptor can be read from, a stop is requested, or the time is over.
    /// @param readable  -1: waits for the other two
    /// @param seconds   less than 0 counts as 0
    /// @returns whether the descriptor can be read from
    [[nodiscard]] bool wait(int readable, double seconds) const {
        constexpr double longest_s = 86400;
        const double end = monotonic_s() + std::clamp(seconds, 0.0, longest_s);
        for (bool first = true; first || !requested(); first = false) {
            int step_ms = static_cast<int>(ceil(std::max(end - monotonic_s(), 0.0) * 1000));
            // After a fork the descriptor is also the other process's, which may have used it.
            const bool wakes = descriptor() >= 0 && !deaf_;
            if (!wakes) step_ms = std::min(step_ms, 100);
            std::array<pollfd, 2> ends{pollfd{readable, POLLIN, 0},
                                       pollfd{wakes ? descriptor() : -1, POLLIN, 0}};
            const int ready = ::poll(ends.data(), ends.size(), step_ms);
            if (ready > 0 && ends[0].revents != 0) return true;
            if (ready > 0 && !requested()) deaf_ = true;
            if (monotonic_s() >= end) return false;
        }
        return false;
    }

private:
    static double monotonic_s() noexcept {
        timespec now{};
        (void)::clock_gettime(CLOCK_MONOTONIC, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    }

    std::atomic<bool> requested_ = false;
    mutable std::atomic<bool> deaf_ = false;
    posix_file event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "stop request"};
};

static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler requests the stop");

}  // namespace qslice::detail
