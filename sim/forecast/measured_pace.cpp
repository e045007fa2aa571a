#include "sim/forecast/measured_pace.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace qslice::sim {

namespace {

constexpr double shortest_s = 10;
constexpr std::size_t fewest = 8;
/// A runner that finds nothing sleeps 1 s; logs have whole seconds.
constexpr double longest_pause_s = 1.5;
constexpr double slower_by = 1.5;

/// A part of a process's work without a pause.
struct stretch {
    double seconds = 0;
    double worked_s = 0;
    std::uint64_t entries = 0;

    [[nodiscard]] double pace() const { return seconds / static_cast<double>(entries); }
};

std::vector<stretch> stretches_of(const std::vector<work_mark>& marks) {
    std::vector<stretch> found;
    std::size_t first = 0;
    double worked_s = 0;
    for (std::size_t i = 1; i < marks.size(); ++i) {
        const work_mark& last = marks[i - 1];
        const bool pauses = marks[i].process != last.process ||
                            marks[i].time_s - marks[i].seconds - last.time_s > longest_pause_s;
        if (pauses) {
            first = i;
            worked_s = 0;
            continue;
        }
        worked_s += marks[i].seconds;
        const stretch now{marks[i].time_s - marks[first].time_s, worked_s, i - first};
        if (now.seconds >= shortest_s && now.entries >= fewest) {
            found.push_back(now);
            first = i;
            worked_s = 0;
        }
    }
    return found;
}

constexpr std::array<std::pair<std::string_view, double>, 8> assumed{{
    {"in", 0.03},
    {"pipeline", 0.06},
    {"archive", 0.02},
    {"out", 0.1},
    {"virgin", 0.06},
    {"digest", 0.1},
    {"retry", 0.01},
    {"bounces", 0.05},
}};

}  // namespace

std::optional<measured_pace> busy_pace(std::vector<work_mark> marks) {
    std::sort(marks.begin(), marks.end(), [](const work_mark& a, const work_mark& b) {
        return std::pair(a.process, a.time_s) < std::pair(b.process, b.time_s);
    });
    const std::vector<stretch> all = stretches_of(marks);
    if (all.empty()) return std::nullopt;
    double fastest = all.front().pace();
    for (const stretch& s : all) fastest = std::min(fastest, s.pace());
    measured_pace pace;
    pace.low_s = fastest;
    double seconds = 0;
    for (const stretch& s : all) {
        if (s.pace() > slower_by * fastest) continue;
        seconds += s.seconds;
        pace.busy += s.worked_s;
        pace.entries += s.entries;
        pace.high_s = std::max(pace.high_s, s.pace());
    }
    pace.busy /= seconds;
    pace.mean_s = seconds / static_cast<double>(pace.entries);
    return pace;
}

std::vector<work_mark> marks_of(const diagnosis::site_history& history, std::string_view queue) {
    std::vector<work_mark> marks;
    constexpr unsigned machine_bits = 40;
    if (queue == "out") {
        for (const diagnosis::delivery& d : history.deliveries) {
            marks.push_back({d.time, static_cast<double>(d.seconds),
                             std::uint64_t{history.origin_of(d).machine} << machine_bits | d.run});
        }
    } else if (queue == "in") {
        for (const diagnosis::accepted_post& a : history.accepted) {
            marks.push_back({a.time, 0, std::uint64_t{a.machine} << machine_bits | a.pid});
        }
    }
    return marks;
}

double assumed_pace_s(std::string_view queue) {
    const auto* const found = std::find_if(assumed.begin(), assumed.end(),
                                           [&](const auto& known) { return known.first == queue; });
    return found == assumed.end() ? 0.05 : found->second;
}

}  // namespace qslice::sim
