/// @file
/// How time passes in a walk of every order where slices have owners: in instants, at each of which
/// processes do all that they have to do. Machines, services and the walk share it.
#pragma once

#include "sim/record/scenario.hpp"
#include "sim/record/virtual_time.hpp"

#include <qslice/ownership/lease_times.hpp>
#include <qslice/runner/mailman_times.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace qslice::sim {

/// Whether time passes so.
inline bool passes_in_instants(const scenario& s) {
    return s.deployment.standby && s.course.any_order;
}

/// The time from one instant to the next: a whole number of seconds in which an idle runner and a
/// keeper look once.
inline duration instant_of(const scenario& s) {
    const double look_s = lease_times{s.deployment.takeover_s}.look_s();
    return std::chrono::seconds(
        static_cast<std::int64_t>(std::ceil(std::max(look_s, mailman_times::idle_sleep_s))));
}

}  // namespace qslice::sim
