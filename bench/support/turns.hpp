/// @file
/// Measures two or more pieces of work in turns, so that their ratio does not depend on the
/// machine's clock frequency or on its other load.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <vector>

#include <time.h>

namespace qslice::bench {

/// The wall-clock time of a piece of work, in seconds.
inline double seconds_of(auto&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// This thread's processor time for a piece of work, in user and system mode. For work that does
/// not wait, this is the time it takes on an idle machine.
inline double cpu_seconds_of(auto&& work) {
    const auto now = [] {
        timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
    };
    const double begin = now();
    work();
    return now() - begin;
}

/// The times of one piece of work, one per turn.
class turn_times {
public:
    void add(double seconds) { seconds_.push_back(seconds); }

    [[nodiscard]] std::size_t count() const { return seconds_.size(); }

    [[nodiscard]] double median() const {
        auto sorted = seconds_;
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::nth_element(sorted.begin(), middle, sorted.end());
        return *middle;
    }
    [[nodiscard]] double mean() const {
        return std::accumulate(seconds_.begin(), seconds_.end(), 0.0) /
               static_cast<double>(seconds_.size());
    }
    [[nodiscard]] double least() const {
        return *std::min_element(seconds_.begin(), seconds_.end());
    }

    /// The median of the turns' ratios: each turn of this over the same turn of the other.
    [[nodiscard]] double ratio_to(const turn_times& other) const {
        turn_times ratios;
        for (std::size_t i = 0; i < seconds_.size(); ++i) {
            ratios.add(seconds_[i] / other.seconds_[i]);
        }
        return ratios.median();
    }

private:
    std::vector<double> seconds_;
};

}  // namespace qslice::bench
