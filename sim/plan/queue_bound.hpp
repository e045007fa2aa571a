/// @file
/// How long entries wait in one slice of a queue, by queueing theory: the first answer to "how
/// many slices", which the simulation then verifies.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/runner/mailman_times.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// How unevenly posts arrive, by length of the time window.
///
/// The index of dispersion for counts: variance over mean of the posts in windows of that length. 1
/// is a Poisson stream's at any length; bursts and busy hours make it larger the longer the window.
/// With fewer than 20 windows it is not measured, and the last measured value is used.
class arrival_dispersion {
public:
    explicit arrival_dispersion(const message_stream& stream);

    /// @param window_s  above 0; interpolated linearly between the measured lengths (1 s, 2 s, 4 s,
    ///     ...)
    [[nodiscard]] double at(double window_s) const;

    struct point {
        double window_s;
        double index;
    };
    [[nodiscard]] const std::vector<point>& measured() const noexcept { return points_; }

private:
    std::vector<point> points_;
};

/// The load of one queue's entries on its runners.
struct queue_load {
    std::string runner;  ///< class name
    std::string queue;
    std::uint64_t entries = 0;
    double per_second = 0;         ///< mean rate of entries over the stream
    double service_s = 0;          ///< from taking an entry to finishing it, on average
    double service_scv = 0;        ///< its squared coefficient of variation
    double service_at_goal_s = 0;  ///< at the figure of the plan's goal, measured
    double sleep_s =
        mailman_times::idle_sleep_s;  ///< how long an idle runner sleeps before it looks again
};

/// The expectation for one slice.
struct slice_bound {
    double utilisation = 0;  ///< runner utilisation; 1 or more: overloaded
    double dispersion = 0;   ///< of the slice's arrivals, on the relevant time scale
    double mean_wait_s = 0;  ///< from enqueue to taking; infinite if overloaded
    double busy_wait_s = 0;  ///< of entries that find the runner busy

    /// The p-quantile of the wait: of the sum of the wait for earlier entries and of the rest of a
    /// sleep.
    [[nodiscard]] double wait_quantile(double p) const;

    double sleep_s = mailman_times::idle_sleep_s;
};

/// The heavy-traffic approximation of a queue with one server.
///
/// Assumes: the hash spreads entries over slices evenly and independently, so each of n slices has
/// one n-th of the dispersion above 1; service times are independent of arrivals; waiting times
/// above 0 are exponential, as in heavy traffic; every queue on the path has the posts' dispersion;
/// nothing fails. A runner works until its queue is empty and then sleeps, again and again, until
/// it finds something: so every entry also waits for the rest of a sleep, half of it on average, be
/// the runner idle or busy when it arrives.
/// @param slices  at least 1
/// @source Kingman 1961 (mean wait); Fendick and Whitt 1989 (dispersion at the time scale of the
///         queue's relaxation); for Poisson arrivals it is Pollaczek and Khinchine's M/G/1 mean;
///         Levy and Yechiali 1975, Fuhrmann and Cooper 1985 (the sleep adds the wait for its rest)
[[nodiscard]] slice_bound bound_of_slice(const queue_load& load, std::uint64_t slices,
                                         const arrival_dispersion& arrivals);

/// The p-quantile of the service time, exact for constant and exponential times.
[[nodiscard]] double service_quantile(const queue_load& load, double p);

}  // namespace qslice::sim
