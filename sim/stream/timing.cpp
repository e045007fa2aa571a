#include "sim/stream/timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

namespace qslice::sim {

void sort_by_time(message_stream& stream) {
    auto& posts = stream.arrivals;
    const bool has_texts = !stream.texts.empty();
    std::vector<std::size_t> order(posts.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return posts[a].time < posts[b].time; });
    message_stream sorted;
    sorted.arrivals.reserve(posts.size());
    if (has_texts) sorted.texts.reserve(posts.size());
    for (const std::size_t i : order) {
        sorted.arrivals.push_back(posts[i]);
        if (has_texts) sorted.texts.push_back(std::move(stream.texts[i]));
    }
    stream.arrivals = std::move(sorted.arrivals);
    stream.texts = std::move(sorted.texts);
}

void spread_within_seconds(message_stream& stream) {
    constexpr std::int64_t second = 1'000'000'000;
    auto& posts = stream.arrivals;
    for (std::size_t begin = 0; begin < posts.size();) {
        std::size_t end = begin + 1;
        while (end < posts.size() && posts[end].time == posts[begin].time) ++end;
        const auto count = static_cast<std::int64_t>(end - begin);
        for (std::size_t i = begin + 1; i < end; ++i) {
            posts[i].time += duration(static_cast<std::int64_t>(i - begin) * second / count);
        }
        begin = end;
    }
}

void keep_first(message_stream& stream, std::uint64_t posts) {
    if (posts == 0 || posts >= stream.arrivals.size()) return;
    stream.arrivals.resize(posts);
    if (!stream.texts.empty()) stream.texts.resize(posts);
}

void keep_busiest(message_stream& stream, double length_s) {
    const auto& posts = stream.arrivals;
    std::size_t first = 0;
    std::size_t most = 0;
    for (std::size_t begin = 0, end = 0; begin < posts.size(); ++begin) {
        while (end < posts.size() && to_seconds(posts[end].time - posts[begin].time) < length_s) {
            ++end;
        }
        if (end - begin > most) {
            most = end - begin;
            first = begin;
        }
    }
    const auto cut = [&](auto& items) {
        const auto begin = items.begin() + static_cast<std::ptrdiff_t>(first);
        items = {std::make_move_iterator(begin),
                 std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(most))};
    };
    if (!stream.texts.empty()) cut(stream.texts);
    cut(stream.arrivals);
}

void retime(message_stream& stream, double speedup, double start_s) {
    if (stream.arrivals.empty()) return;
    const virtual_time first = stream.arrivals.front().time;
    const virtual_time start = start_s == 0 ? first : to_virtual_time(start_s);
    if (speedup == 1 && start == first) return;
    for (arrival& a : stream.arrivals) {
        const duration after = a.time - first;
        const auto scaled = static_cast<long double>(after.count()) / speedup;
        a.time = speedup == 1        ? add(start, after)
                 : scaled >= 9.2e18L ? never
                                     : add(start, duration(std::llround(scaled)));
    }
}

}  // namespace qslice::sim
