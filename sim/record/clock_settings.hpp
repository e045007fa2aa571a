/// @file
/// The error of a machine's clock. A scenario sets it; machine_clock applies it.
#pragma once

#include "sim/record/virtual_time.hpp"

namespace qslice::sim {

/// The error of a clock at the start.
struct clock_settings {
    duration offset{};      ///< ahead of true time; negative: behind
    double drift = 0;       ///< seconds gained per second: 1e-6 gains a microsecond per second
    duration resolution{};  ///< the time shown is truncated to a multiple of this; 0: exact

    friend bool operator==(const clock_settings&, const clock_settings&) = default;
};

}  // namespace qslice::sim
