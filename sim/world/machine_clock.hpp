/// @file
/// A machine's clock: the true virtual time with offset, drift, steps and resolution. Each
/// simulated machine has one.
#pragma once

#include "sim/record/clock_settings.hpp"
#include "sim/record/virtual_time.hpp"

#include <qslice/core/timestamp.hpp>

#include <cmath>
#include <cstdint>

namespace qslice::sim {

/// A machine's wall clock.
/// @safety a plain value
class machine_clock {
public:
    /// @param since  when the clock starts to drift
    machine_clock(clock_settings settings, virtual_time since)
        : settings_(settings), since_(since) {}

    /// The time shown at true time `now`.
    [[nodiscard]] timestamp show(virtual_time now) const {
        virtual_time shown = local(now);
        if (const auto unit = settings_.resolution.count(); unit > 0) {
            const auto rest = shown.time_since_epoch().count() % unit;
            shown -= duration(rest < 0 ? rest + unit : rest);
        }
        return {to_seconds(shown)};
    }

    /// Steps the clock forward, or back by a negative step, like an administrator or NTP.
    void step(duration by) { settings_.offset += by; }

    /// From true time `now` on it gains this many seconds per second.
    void set_drift(double drift, virtual_time now) {
        settings_.offset = local(now) - now;
        settings_.drift = drift;
        since_ = now;
    }

    /// The true time during which it advances by `shown`, ignoring steps.
    [[nodiscard]] duration true_length(duration shown) const {
        if (settings_.drift == 0) return shown;
        return to_duration(to_seconds(shown) / (1 + settings_.drift));
    }

private:
    [[nodiscard]] virtual_time local(virtual_time now) const {
        const duration gained(
            settings_.drift == 0
                ? 0
                : std::llround(settings_.drift * static_cast<double>((now - since_).count())));
        return add(add(now, settings_.offset), gained);
    }

    clock_settings settings_;
    virtual_time since_;
};

}  // namespace qslice::sim
