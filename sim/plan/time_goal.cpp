#include "sim/plan/time_goal.hpp"

#include "sim/check/measures.hpp"
#include "sim/scenario/requirement_text.hpp"
#include "sim/text/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::array<std::pair<std::string_view, double>, 7> figures{{{"mean", 0},
                                                                      {"p50", 0.5},
                                                                      {"p90", 0.9},
                                                                      {"p95", 0.95},
                                                                      {"p99", 0.99},
                                                                      {"p999", 0.999},
                                                                      {"max", 1}}};

/// The first and last queue in which a measure's time is spent.
using queue_pair = std::pair<std::string, std::string>;

std::optional<queue_pair> way_of(std::string_view measure) {
    if (measure == "latency") return queue_pair{"in", "out"};
    if (measure == "latency.archiving") return queue_pair{"in", "archive"};
    constexpr std::string_view wait = "wait.";
    if (!measure.starts_with(wait)) return std::nullopt;
    const std::string queue(measure.substr(wait.size()));
    return queue_pair{queue, queue};
}

}  // namespace

result<time_goal> parse_time_goal(std::string_view text) {
    auto parsed = parse_requirement(text);
    if (!parsed) return failure(parsed.error());
    if (find_measure(parsed->measure) == nullptr) {
        return failure(error_code::malformed, std::string(text),
                       "unknown measure '" + parsed->measure + "'" +
                           did_you_mean(parsed->measure, measure_names()));
    }
    const std::string_view measure = parsed->measure;
    const std::size_t point = measure.rfind('.');
    const auto figure = std::find_if(figures.begin(), figures.end(), [&](const auto& known) {
        return point != std::string_view::npos && known.first == measure.substr(point + 1);
    });
    const auto way = figure == figures.end() ? std::nullopt : way_of(measure.substr(0, point));
    const bool below =
        parsed->is == requirement::relation::less || parsed->is == requirement::relation::at_most;
    if (!way || !below || !(parsed->value > 0)) {
        return failure(error_code::malformed, std::string(text),
                       "expected a time with an upper limit, such as 'latency.p99 < 30s', "
                       "'latency.archiving.p95 < 1min' or 'wait.out.mean < 2s'");
    }
    return time_goal{*std::move(parsed), way->first, way->second, std::string(figure->first),
                     figure->second};
}

}  // namespace qslice::sim
