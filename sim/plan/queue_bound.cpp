#include "sim/plan/queue_bound.hpp"

#include "sim/check/statistics.hpp"
#include "sim/record/virtual_time.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace qslice::sim {

namespace {

constexpr std::size_t least_windows = 20;

double index_at(const message_stream& stream, double window_s, std::size_t windows) {
    std::vector<double> counts(windows, 0.0);
    const virtual_time begin = stream.arrivals.front().time;
    for (const arrival& a : stream.arrivals) {
        const double at = to_seconds(a.time - begin) / window_s;
        // The remainder at the end is not a whole window.
        if (at < static_cast<double>(windows)) ++counts[static_cast<std::size_t>(at)];
    }
    const sample_summary summary = summarize(counts);
    return summary.mean > 0 ? summary.variance / summary.mean : 1;
}

}  // namespace

arrival_dispersion::arrival_dispersion(const message_stream& stream) {
    if (stream.arrivals.size() < 2) return;
    const double length = to_seconds(stream.arrivals.back().time - stream.arrivals.front().time);
    // For a stream of years, windows of a second add nothing to windows of a minute.
    const double first = std::max(1.0, std::exp2(std::ceil(std::log2(length / 4e6))));
    for (double window = first;; window *= 2) {
        const auto windows = static_cast<std::size_t>(length / window);
        if (windows < least_windows) break;
        points_.push_back({window, index_at(stream, window, windows)});
    }
}

double arrival_dispersion::at(double window_s) const {
    if (points_.empty()) return 1;
    const auto above = std::find_if(points_.begin(), points_.end(),
                                    [&](const point& p) { return p.window_s >= window_s; });
    if (above == points_.end()) return points_.back().index;
    // Within one second, counts approach those of single posts.
    const point below = above == points_.begin() ? point{0, 1} : *(above - 1);
    const double part = (window_s - below.window_s) / (above->window_s - below.window_s);
    return below.index + part * (above->index - below.index);
}

double slice_bound::wait_quantile(double p) const {
    if (utilisation >= 1) return std::numeric_limits<double>::infinity();
    const double later = 1 - p;  // the share that waits longer
    if (sleep_s <= 0) {
        return utilisation > later ? busy_wait_s * std::log(utilisation / later) : 0;
    }
    // With a uniform rest of a sleep s and, for the share u, an exponential wait of mean b:
    // P(W > t) = u b/s e^(-t/b) (e^(s/b) - 1) for t >= s, 1 - t/s + u b/s (1 - e^(-t/b)) below.
    const double b = busy_wait_s;
    const double weight = utilisation * b / sleep_s;
    const double beyond = b > 0 ? weight * -std::expm1(-sleep_s / b) : 0;
    if (beyond >= later) return sleep_s + b * std::log(beyond / later);
    double low = 0;
    double high = sleep_s;
    for (int i = 0; i < 60; ++i) {
        const double t = (low + high) / 2;
        const double longer = 1 - t / sleep_s + (b > 0 ? weight * -std::expm1(-t / b) : 0);
        (longer > later ? low : high) = t;
    }
    return high;
}

slice_bound bound_of_slice(const queue_load& load, std::uint64_t slices,
                           const arrival_dispersion& arrivals) {
    const auto n = static_cast<double>(slices);
    slice_bound bound;
    bound.sleep_s = load.sleep_s;
    bound.utilisation = load.per_second * load.service_s / n;
    if (bound.utilisation >= 1) {
        bound.dispersion = 1 + (arrivals.at(std::numeric_limits<double>::max()) - 1) / n;
        bound.mean_wait_s = bound.busy_wait_s = std::numeric_limits<double>::infinity();
        return bound;
    }
    const double idle = 1 - bound.utilisation;
    // A queue's memory: its relaxation time, which itself depends on the dispersion.
    double window = load.service_s / (idle * idle);
    for (int i = 0; i < 3; ++i) {
        bound.dispersion = std::max(0.0, 1 + (arrivals.at(window) - 1) / n);
        window = load.service_s * (bound.dispersion + load.service_scv) / (idle * idle);
    }
    bound.busy_wait_s = (bound.dispersion + load.service_scv) / 2 * load.service_s / idle;
    bound.mean_wait_s = bound.utilisation * bound.busy_wait_s + load.sleep_s / 2;
    return bound;
}

double service_quantile(const queue_load& load, double p) {
    const double exponential = -std::log(1 - p);
    return load.service_s * std::max(1.0, 1 + (exponential - 1) * std::sqrt(load.service_scv));
}

}  // namespace qslice::sim
