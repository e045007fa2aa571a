#include "sim/check/backlog.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace qslice::sim {

namespace {

constexpr std::size_t most_slices_shown = 16;

/// One entry more or one fewer.
struct step {
    virtual_time at{};
    int by = 0;
};

/// When an entry stopped waiting; empty if a crash undid it at an unknown time.
std::optional<virtual_time> waited_until(const run_record& run, const entry_record& entry) {
    if (entry.taken != never) return entry.taken;
    if (entry.finished != never) return entry.finished;
    if (entry.fate == entry_fate::lost) return std::nullopt;
    return std::max(run.ended, entry.enqueued);
}

using steps = std::vector<step>;

/// Sorted by time; at the same time, arrivals before departures.
void sort_steps(steps& taken) {
    std::sort(taken.begin(), taken.end(), [](const step& a, const step& b) {
        return a.at != b.at ? a.at < b.at : a.by > b.by;
    });
}

/// The steps of each slice, then those of the whole queue.
std::vector<steps> steps_of(const run_record& run, std::uint32_t queue, std::size_t slices) {
    std::vector<steps> all(slices + 1);
    for (const entry_record& entry : run.entries) {
        if (entry.queue != queue) continue;
        const auto end = waited_until(run, entry);
        if (!end) continue;
        for (const step& s : {step{entry.enqueued, 1}, step{*end, -1}}) {
            all.back().push_back(s);
            if (entry.slice < slices) all[entry.slice].push_back(s);
        }
    }
    for (steps& one : all) sort_steps(one);
    return all;
}

/// Calls `level(from, to, entries)` for each interval without changes, and for the moments between.
template <class Level>
void walk(const run_record& run, const steps& taken, Level&& level) {
    virtual_time from = run.started;
    std::int64_t waiting = 0;
    for (const step& s : taken) {
        const virtual_time to = std::clamp(s.at, from, std::max(from, run.ended));
        level(from, to, static_cast<std::uint64_t>(waiting));
        waiting += s.by;
        from = to;
    }
    level(from, std::max(from, run.ended), static_cast<std::uint64_t>(waiting));
}

backlog_series course_of(const run_record& run, const steps& taken, std::uint32_t queue,
                         std::uint32_t slice, std::size_t points) {
    backlog_series series;
    series.queue = run.queues[queue];
    series.slice = slice;
    const double length = to_seconds(run.ended - run.started);
    if (!(length > 0) || points == 0) return series;
    const double width = length / static_cast<double>(points);
    series.at_s.resize(points);
    series.most.resize(points);
    series.averages.resize(points);
    for (std::size_t p = 0; p < points; ++p) series.at_s[p] = static_cast<double>(p) * width;
    const auto place = [&](double s) {
        return std::min(points - 1, static_cast<std::size_t>(std::max(0.0, s / width)));
    };
    walk(run, taken, [&](virtual_time from, virtual_time to, auto waiting) {
        const double begin = to_seconds(from - run.started);
        const double end = to_seconds(to - run.started);
        const auto level = static_cast<double>(waiting);
        for (std::size_t p = place(begin); p <= place(end); ++p) {
            series.most[p] = std::max(series.most[p], level);
            const double inside = std::min(end, static_cast<double>(p + 1) * width) -
                                  std::max(begin, static_cast<double>(p) * width);
            if (inside > 0) series.averages[p] += level * inside / width;
        }
    });
    return series;
}

}  // namespace

std::vector<backlog_level> backlog_levels(const run_record& run, std::uint32_t queue,
                                          std::size_t slices) {
    std::vector<backlog_level> levels(slices);
    const auto taken = steps_of(run, queue, slices);
    const double length = to_seconds(run.ended - run.started);
    for (std::size_t k = 0; k < slices; ++k) {
        double entry_seconds = 0;
        walk(run, taken[k], [&](virtual_time from, virtual_time to, std::uint64_t waiting) {
            entry_seconds += to_seconds(to - from) * static_cast<double>(waiting);
            levels[k].most = std::max(levels[k].most, waiting);
        });
        if (length > 0) levels[k].mean = entry_seconds / length;
    }
    return levels;
}

std::vector<backlog_series> backlog_courses(const run_record& run, std::uint32_t queue,
                                            std::size_t slices, std::size_t points) {
    const auto taken = steps_of(run, queue, slices);
    std::vector<backlog_series> courses{course_of(run, taken.back(), queue, none, points)};
    if (slices < 2 || slices > most_slices_shown) return courses;
    for (std::uint32_t k = 0; k < slices; ++k) {
        courses.push_back(course_of(run, taken[k], queue, k, points));
    }
    return courses;
}

}  // namespace qslice::sim
