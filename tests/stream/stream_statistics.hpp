/// @file
/// The statistics by which streams are compared with the real ones.
#pragma once

#include "sim/record/message_stream.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

struct stream_statistics {
    double per_hour = 0;     ///< mean, from the first post's hour to the last one's
    double dispersion = 0;   ///< variance of the posts per hour over their mean
    double same_second = 0;  ///< share of posts in the same second as the previous one
    double replies = 0;      ///< share of posts that answer a post of the stream
    double top_list = 0;     ///< share of the list with the most posts
    double top_sender = 0;   ///< share of the sender with the most posts
    std::size_t most_in_one_second = 0;
    std::array<std::uint32_t, 4> size_quantiles{};  ///< 10, 50, 90 and 99%
};

inline stream_statistics statistics_of(const qslice::sim::message_stream& stream) {
    const auto& posts = stream.arrivals;
    const auto n = static_cast<double>(posts.size());
    stream_statistics result;

    const auto in = [](const qslice::sim::arrival& a, auto unit) {
        return std::chrono::floor<decltype(unit)>(a.time.time_since_epoch()).count();
    };
    const auto first_hour = in(posts.front(), std::chrono::hours());
    std::vector<double> hours(
        static_cast<std::size_t>(in(posts.back(), std::chrono::hours()) - first_hour + 1));
    std::vector<std::size_t> lists(stream.lists.size()), senders(stream.senders.size());
    std::vector<std::uint32_t> sizes;
    std::unordered_set<std::uint64_t> ids;
    for (const auto& a : posts) ids.insert(a.message_id);
    std::size_t same = 0, replies = 0, run = 0;
    for (std::size_t i = 0; i < posts.size(); ++i) {
        ++hours[static_cast<std::size_t>(in(posts[i], std::chrono::hours()) - first_hour)];
        ++lists[posts[i].list];
        ++senders[posts[i].sender];
        sizes.push_back(posts[i].size_bytes);
        const bool again = i > 0 && in(posts[i], std::chrono::seconds()) ==
                                        in(posts[i - 1], std::chrono::seconds());
        run = again ? run + 1 : 1;
        same += again;
        result.most_in_one_second = std::max(result.most_in_one_second, run);
        replies += posts[i].in_reply_to != 0 && ids.contains(posts[i].in_reply_to);
    }
    result.per_hour = n / static_cast<double>(hours.size());
    for (const double h : hours) {
        result.dispersion += (h - result.per_hour) * (h - result.per_hour);
    }
    result.dispersion /= static_cast<double>(hours.size()) * result.per_hour;
    result.same_second = static_cast<double>(same) / n;
    result.replies = static_cast<double>(replies) / n;
    result.top_list = static_cast<double>(*std::max_element(lists.begin(), lists.end())) / n;
    result.top_sender = static_cast<double>(*std::max_element(senders.begin(), senders.end())) / n;

    std::sort(sizes.begin(), sizes.end());
    const std::array shares{0.1, 0.5, 0.9, 0.99};
    for (std::size_t q = 0; q < shares.size(); ++q) {
        result.size_quantiles[q] = sizes[static_cast<std::size_t>(n * shares[q])];
    }
    return result;
}
