#include "sim/stream/synthetic.hpp"

#include "sim/engine/random_stream.hpp"
#include "sim/stream/threads.hpp"
#include "sim/stream/zipf.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/geometric_distribution.hpp>
#include <boost/random/lognormal_distribution.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

constexpr std::uint64_t most_names = 10'000'000;     // of lists, of senders
constexpr std::uint64_t most_posts = 1'000'000'000;  // more would not fit into memory
constexpr double reply_distance_median = 9;
constexpr double reply_distance_sigma = 2.1;

failure impossible(const char* key, const std::string& expected, double found) {
    return failure(error_code::malformed, std::string("stream.") + key,
                   fmt::format("expected {}, found {}", expected, found));
}

std::optional<failure> check(const stream_choice& c) {
    struct range {
        const char* key;
        double value, least, most;
    };
    const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
    const double most_bytes = number(c.size_most_bytes);
    const range ranges[] = {
        {"posts", number(c.posts), 1, number(most_posts)},
        {"lists", number(c.lists), 1, number(most_names)},
        {"senders", number(c.senders), 1, number(most_names)},
        {"posts_per_hour", c.posts_per_hour, 1e-6, 1e12},
        {"list_popularity", c.list_popularity, 0, 20},
        {"sender_activity", c.sender_activity, 0, 20},
        {"activity_spread", c.activity_spread, 0, 100},
        {"activity_posts", c.activity_posts, 1e-3, 1e12},
        {"series_share", c.series_share, 0, 1},
        {"series_length", c.series_length, 2, 1e6},
        {"series_gap_s", c.series_gap_s, 0, 1e6},
        {"reply_share", c.reply_share, 0, 1},
        {"size_most_bytes", most_bytes, 1, 4294967295.0},
        {"size_least_bytes", number(c.size_least_bytes), 0, most_bytes},
        {"size_sigma", c.size_sigma, 0, 20},
    };
    for (const range& r : ranges) {
        if (!(r.value >= r.least && r.value <= r.most)) {
            return impossible(r.key, fmt::format("{} to {}", r.least, r.most), r.value);
        }
    }
    if (!(c.size_median_bytes > number(c.size_least_bytes) && c.size_median_bytes <= most_bytes)) {
        return impossible("size_median_bytes",
                          "more than size_least_bytes and at most size_most_bytes",
                          c.size_median_bytes);
    }
    return std::nullopt;
}

/// The times at which single posts arrive and series begin: a Poisson process with a changing rate.
class beginnings {
public:
    beginnings(const stream_choice& c, double per_second, std::uint64_t seed)
        : random_(seed, "stream beginnings"),
          activities_(seed, "stream activity"),
          per_second_(per_second),
          stretch_s_(c.activity_posts * 3600 / c.posts_per_hour),
          spread_(c.activity_spread) {
        draw_activity();
    }

    /// The next time, in seconds after the stream's start.
    double next() {
        // Advances by an exponential amount of activity; each interval has its activity times its
        // length.
        double wanted = boost::random::exponential_distribution<double>(per_second_)(random_);
        while (spread_ > 0) {
            const double left = (stretch_end_ - now_) * activity_;
            if (wanted < left) break;
            wanted -= left;
            now_ = stretch_end_;
            draw_activity();
        }
        now_ += wanted / activity_;
        return now_;
    }

private:
    void draw_activity() {
        if (spread_ <= 0) return;
        activity_ = boost::random::gamma_distribution<double>(1 / spread_, spread_)(activities_);
        stretch_end_ = now_ + stretch_s_;
    }

    random_stream random_;
    random_stream activities_;
    double per_second_;
    double stretch_s_;
    double spread_;
    double activity_ = 1;
    double now_ = 0;
    double stretch_end_ = 0;
};

/// The remaining posts of a series.
struct series {
    double next_s = 0;
    std::uint64_t number = 0;  // order of its beginning: breaks ties
    std::uint64_t left = 0;
    double pace_s = 0;
    std::uint32_t list = 0;
    std::uint32_t sender = 0;
    std::uint64_t first = 0;  // message_id of its first post
};
struct later {
    bool operator()(const series& a, const series& b) const {
        return a.next_s != b.next_s ? a.next_s > b.next_s : a.number > b.number;
    }
};

class generator {
public:
    generator(const stream_choice& choice, std::uint64_t seed)
        : choice_(choice),
          starts_(choice, begins_per_second(choice), seed),
          lists_(choice.lists, choice.list_popularity),
          senders_(choice.senders, choice.sender_activity),
          single_reply_share_(share_of_single_replies(choice)),
          series_random_(seed, "stream series"),
          list_random_(seed, "stream lists"),
          sender_random_(seed, "stream senders"),
          reply_random_(seed, "stream replies"),
          size_random_(seed, "stream sizes"),
          id_random_(seed, "stream ids"),
          earlier_(choice.lists) {}

    message_stream run() && {
        stream_.arrivals.reserve(choice_.posts);
        double start_s = starts_.next();
        for (std::uint64_t number = 0; stream_.arrivals.size() < choice_.posts;) {
            if (!running_.empty() && running_.top().next_s <= start_s) {
                go_on();
            } else {
                begin(start_s, number++);
                start_s = starts_.next();
            }
        }
        name();
        set_threads(stream_);
        return std::move(stream_);
    }

private:
    static double posts_per_beginning(const stream_choice& c) {
        return 1 + c.series_share * (c.series_length - 1);
    }
    static double begins_per_second(const stream_choice& c) {
        return c.posts_per_hour / 3600 / posts_per_beginning(c);
    }
    // All posts of a series except the first are answers; single posts supply the rest of the
    // share.
    static double share_of_single_replies(const stream_choice& c) {
        if (c.series_share >= 1) return 0;
        const double in_series = c.series_share * (c.series_length - 1);
        const double wanted = c.reply_share * posts_per_beginning(c) - in_series;
        return std::clamp(wanted / (1 - c.series_share), 0.0, 1.0);
    }

    void begin(double time_s, std::uint64_t number) {
        const std::uint32_t list = lists_(list_random_());
        const std::uint32_t sender = senders_(sender_random_());
        if (series_random_.uniform() >= choice_.series_share) {
            const bool replies = reply_random_.uniform() < single_reply_share_;
            post(time_s, list, sender, replies ? earlier_post(list) : 0);
            return;
        }
        series s;
        s.number = number;
        s.left = 1;
        if (choice_.series_length > 2) {
            s.left += boost::random::geometric_distribution<std::uint64_t>(
                1 / (choice_.series_length - 1))(series_random_);
        }
        s.pace_s = choice_.series_gap_s * exponential();
        s.list = list;
        s.sender = sender;
        s.first = post(time_s, list, sender, 0);
        s.next_s = time_s + s.pace_s * exponential();
        running_.push(s);
    }

    void go_on() {
        series s = running_.top();
        running_.pop();
        post(s.next_s, s.list, s.sender, s.first);
        if (--s.left == 0) return;
        s.next_s += s.pace_s * exponential();
        running_.push(s);
    }

    double exponential() {
        return boost::random::exponential_distribution<double>(1)(series_random_);
    }

    std::uint64_t post(double time_s, std::uint32_t list, std::uint32_t sender,
                       std::uint64_t in_reply_to) {
        arrival a;
        a.time = add(to_virtual_time(synthetic_start_s), to_duration(time_s));
        a.list = list;
        a.sender = sender;
        a.size_bytes = size();
        while (a.message_id == 0) a.message_id = id_random_();
        a.in_reply_to = in_reply_to;
        earlier_[list].push_back(a.message_id);
        stream_.arrivals.push_back(a);
        return a.message_id;
    }

    std::uint64_t earlier_post(std::uint32_t list) {
        const auto& posts = earlier_[list];
        if (posts.empty()) return 0;
        const double back = boost::random::lognormal_distribution<double>(
            std::log(reply_distance_median), reply_distance_sigma)(reply_random_);
        const auto most = static_cast<double>(posts.size());
        return posts[posts.size() - static_cast<std::size_t>(std::clamp(back, 1.0, most))];
    }

    std::uint32_t size() {
        const auto least = static_cast<double>(choice_.size_least_bytes);
        const double rest = boost::random::lognormal_distribution<double>(
            std::log(choice_.size_median_bytes - least), choice_.size_sigma)(size_random_);
        const double most = static_cast<double>(choice_.size_most_bytes);
        return static_cast<std::uint32_t>(std::clamp(least + rest, 1.0, most));
    }

    void name() {
        for (std::uint64_t k = 1; k <= choice_.lists; ++k) {
            stream_.lists.push_back(fmt::format("list{}", k));
        }
        for (std::uint64_t k = 1; k <= choice_.senders; ++k) {
            stream_.senders.push_back(fmt::format("sender{}@qslice.example", k));
        }
    }

    const stream_choice& choice_;
    beginnings starts_;
    zipf lists_;
    zipf senders_;
    double single_reply_share_;
    random_stream series_random_, list_random_, sender_random_, reply_random_, size_random_,
        id_random_;
    std::vector<std::vector<std::uint64_t>> earlier_;  // each list's message_ids so far
    std::priority_queue<series, std::vector<series>, later> running_;
    message_stream stream_;
};

}  // namespace

result<message_stream> make_synthetic(const stream_choice& choice, std::uint64_t seed) {
    if (auto wrong = check(choice)) return *std::move(wrong);
    return generator(choice, seed).run();
}

}  // namespace qslice::sim
