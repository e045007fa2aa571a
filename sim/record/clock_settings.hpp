/// @file
/// How a machine's clock is wrong.
/// A scenario sets it; machine_clock plays it.
#pragma once

#include "sim/record/virtual_time.hpp"

namespace qslice::sim {

/// How a clock is wrong at the start.
struct clock_settings {
    duration offset{};      ///< ahead of true time; negative: behind
    double drift = 0;       ///< seconds gained in a second: 1e-6 is a microsecond fast
    duration resolution{};  ///< what it shows is cut down to a multiple of this; 0: exact

    friend bool operator==(const clock_settings&, const clock_settings&) = default;
};

}  // namespace qslice::sim
