#include "sim/trace/trace_figures.hpp"

#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <unordered_set>

namespace qslice::sim {

namespace {

std::int64_t second_of(const trace_post& post) {
    return std::chrono::floor<std::chrono::seconds>(post.time.time_since_epoch()).count();
}

std::uint32_t quantile(const std::vector<std::uint32_t>& sorted, double share) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

/// Of the whole hours between the first and the last post.
double dispersion_of(const std::map<std::int64_t, std::uint64_t>& hours) {
    const std::int64_t count = hours.rbegin()->first - hours.begin()->first + 1;
    if (count < 2) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    double squares = 0;
    for (const auto& [hour, posts] : hours) {
        const auto n = static_cast<double>(posts);
        sum += n;
        squares += n * n;
    }
    const auto n = static_cast<double>(count);
    const double mean = sum / n;
    return (squares - n * mean * mean) / (n - 1) / mean;
}

}  // namespace

trace_figures figures_of(std::vector<trace_post> posts) {
    std::stable_sort(posts.begin(), posts.end(),
                     [](const trace_post& a, const trace_post& b) { return a.time < b.time; });
    trace_figures f;
    f.posts = posts.size();
    f.from_s = to_seconds(posts.front().time);
    f.to_s = to_seconds(posts.back().time);
    std::unordered_set<std::string> lists;
    std::unordered_set<std::uint64_t> senders;
    std::unordered_set<std::uint64_t> ids;
    std::map<std::int64_t, std::uint64_t> hours;
    std::vector<std::uint32_t> sizes;
    std::uint64_t same = 0;
    std::uint64_t in_second = 0;
    for (std::size_t i = 0; i < posts.size(); ++i) {
        const trace_post& post = posts[i];
        lists.insert(post.list);
        senders.insert(post.sender);
        if (post.message_id != 0) {
            ids.insert(post.message_id);
        } else {
            ++f.without_id;
        }
        constexpr std::int64_t hour = 3600;
        ++hours[second_of(post) / hour];
        sizes.push_back(post.size_bytes);
        const bool is_same = i > 0 && second_of(post) == second_of(posts[i - 1]);
        in_second = is_same ? in_second + 1 : 1;
        same += is_same ? 1 : 0;
        f.busiest_second = std::max(f.busiest_second, in_second);
    }
    f.lists = lists.size();
    f.senders = senders.size();
    for (const auto& [hour, count] : hours) f.busiest_hour = std::max(f.busiest_hour, count);
    f.dispersion = dispersion_of(hours);
    const auto all = static_cast<double>(posts.size());
    f.per_hour = f.to_s > f.from_s ? all / ((f.to_s - f.from_s) / 3600)
                                   : std::numeric_limits<double>::quiet_NaN();
    f.same_second = static_cast<double>(same) / all;
    f.answers = static_cast<double>(std::count_if(posts.begin(), posts.end(),
                                                  [&](const trace_post& p) {
                                                      return p.in_reply_to != 0 &&
                                                             ids.contains(p.in_reply_to);
                                                  })) /
                all;
    std::sort(sizes.begin(), sizes.end());
    f.size_p10 = quantile(sizes, 0.1);
    f.size_p50 = quantile(sizes, 0.5);
    f.size_p90 = quantile(sizes, 0.9);
    f.size_p99 = quantile(sizes, 0.99);
    return f;
}

std::string figures_text(const trace_figures& f, const std::string& name) {
    std::string text =
        fmt::format("{}: {} to {} by {}\n", printable(name), counted(f.posts, "post", "posts"),
                    counted(f.lists, "list", "lists"), counted(f.senders, "sender", "senders"));
    text += fmt::format("  from {} to {} UTC", date_text(f.from_s), date_text(f.to_s));
    if (!std::isnan(f.per_hour)) text += fmt::format(", {:.3g} per hour", f.per_hour);
    text += fmt::format(
        "\n  at most {} in an hour and {} in a second; {} in the same second as "
        "the one before\n",
        f.busiest_hour, f.busiest_second, share_text(f.same_second));
    if (!std::isnan(f.dispersion)) {
        text += fmt::format("  index of dispersion per hour {:.1f} (1 for independent posts)\n",
                            f.dispersion);
    }
    text += fmt::format("  size in bytes: 10% at most {}, half {}, 90% {}, 99% {}\n",
                        grouped(f.size_p10), grouped(f.size_p50), grouped(f.size_p90),
                        grouped(f.size_p99));
    text += fmt::format("  {} answer a post of the trace", share_text(f.answers));
    if (f.without_id > 0) {
        text += fmt::format("; {} without a Message-ID", counted(f.without_id, "is", "are"));
    }
    return text + '\n';
}

nlohmann::ordered_json figures_json(const trace_figures& f) {
    const auto number = [](double x) {
        return std::isnan(x) ? nlohmann::ordered_json() : nlohmann::ordered_json(x);
    };
    return {{"format", 1},
            {"posts", f.posts},
            {"lists", f.lists},
            {"senders", f.senders},
            {"from_s", f.from_s},
            {"to_s", f.to_s},
            {"per_hour", number(f.per_hour)},
            {"dispersion", number(f.dispersion)},
            {"busiest_hour", f.busiest_hour},
            {"busiest_second", f.busiest_second},
            {"same_second", f.same_second},
            {"size_p10", f.size_p10},
            {"size_p50", f.size_p50},
            {"size_p90", f.size_p90},
            {"size_p99", f.size_p99},
            {"answers", f.answers},
            {"without_id", f.without_id}};
}

}  // namespace qslice::sim
