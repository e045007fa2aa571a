#include "sim/stream/synthetic.hpp"
#include "sim/stream/make_stream.hpp"

#include "stream/stream_statistics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

stream_choice small() {
    stream_choice c;
    c.posts = 2000;
    return c;
}

message_stream made(const stream_choice& c, std::uint64_t seed = 1) {
    auto stream = make_synthetic(c, seed);
    INFO((stream ? std::string() : stream.error().to_string()));
    REQUIRE(stream);
    return *std::move(stream);
}

bool between(double value, double least, double most) {
    INFO("expected " << least << " to " << most << ", found " << value);
    CHECK(value >= least);
    CHECK(value <= most);
    return value >= least && value <= most;
}

}  // namespace

TEST_CASE("a synthetic stream at the rate of real lists has their statistics") {
    stream_choice c;
    c.posts_per_hour = 3.3;
    c.posts = 57377;
    c.senders = 1723;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const stream_statistics s = statistics_of(made(c, seed));
        // Real: 3.3, 9.3, 4.8%, 15, 84% (78% answer an earlier post), 28%, 9%.
        between(s.per_hour, 3.1, 3.5);
        between(s.dispersion, 7.5, 11);
        between(s.same_second, 0.040, 0.060);
        between(static_cast<double>(s.most_in_one_second), 6, 30);
        between(s.replies, 0.77, 0.84);
        between(s.top_list, 0.24, 0.34);
        between(s.top_sender, 0.06, 0.12);
        // Real: 5091, 7457, 16528, 66512 bytes.
        between(s.size_quantiles[0], 5091 * 0.97, 5091 * 1.03);
        between(s.size_quantiles[1], 7457 * 0.97, 7457 * 1.03);
        between(s.size_quantiles[2], 16528 * 0.85, 16528 * 1.15);
        between(s.size_quantiles[3], 66512 * 0.75, 66512 * 1.25);
    }
}

TEST_CASE("a synthetic stream is a function of its choice and seed") {
    const message_stream first = made(small(), 7);
    CHECK(made(small(), 7).arrivals == first.arrivals);
    CHECK(made(small(), 8).arrivals != first.arrivals);
    CHECK(first.lists.size() == 8);
    CHECK(first.lists[0] == "list1");
    CHECK(first.senders.size() == 300);
    CHECK(first.senders[299] == "sender300@qslice.example");
}

TEST_CASE("a longer stream begins with the posts of the shorter one") {
    stream_choice longer = small();
    longer.posts = 3000;
    auto posts = made(longer).arrivals;
    posts.resize(2000);
    CHECK(posts == made(small()).arrivals);
}

TEST_CASE(
    "posts come in order of time, with unique message ids, and answer earlier ones of the list") {
    const message_stream stream = made(small());
    std::unordered_map<std::uint64_t, const arrival*> seen;
    virtual_time before{};
    for (const arrival& a : stream.arrivals) {
        CHECK(a.time >= before);
        before = a.time;
        REQUIRE(a.message_id != 0);
        if (a.in_reply_to != 0) {
            REQUIRE(seen.contains(a.in_reply_to));
            CHECK(seen[a.in_reply_to]->list == a.list);
            CHECK(seen[a.in_reply_to]->thread == a.thread);
        } else {
            CHECK(a.thread == a.message_id);
        }
        CHECK(seen.emplace(a.message_id, &a).second);
    }
    CHECK(stream.arrivals.front().time >= to_virtual_time(synthetic_start_s));
}

TEST_CASE("without series and spread of the rate the posts are a Poisson process") {
    stream_choice c;
    c.posts = 50'000;
    c.posts_per_hour = 10;
    c.series_share = 0;
    c.activity_spread = 0;
    const message_stream stream = made(c);
    const stream_statistics s = statistics_of(stream);
    between(s.per_hour, 9.8, 10.2);
    between(s.dispersion, 0.93, 1.07);
    // Gaps are exponential: the share above the mean is 1/e.
    std::size_t longer = 0;
    for (std::size_t i = 1; i < stream.arrivals.size(); ++i) {
        longer += to_seconds(stream.arrivals[i].time - stream.arrivals[i - 1].time) > 360;
    }
    between(static_cast<double>(longer) / 50'000, 0.36, 0.375);
}

TEST_CASE("a series is one sender's, to one list, and answers its first post") {
    stream_choice c = small();
    c.series_share = 1;
    c.series_length = 5;
    c.activity_spread = 0;
    const message_stream stream = made(c);
    std::unordered_map<std::uint64_t, const arrival*> first;
    std::size_t ended = 0;
    for (const arrival& a : stream.arrivals) {
        if (a.in_reply_to == 0) {
            first[a.message_id] = &a;
            continue;
        }
        REQUIRE(first.contains(a.in_reply_to));
        CHECK(first[a.in_reply_to]->sender == a.sender);
        CHECK(first[a.in_reply_to]->list == a.list);
        ++ended;
    }
    between(static_cast<double>(ended) / static_cast<double>(first.size()), 3.4, 4.6);
}

TEST_CASE("an exponent of 0 makes lists equally busy, sizes stay between their bounds") {
    stream_choice c = small();
    c.posts = 20'000;
    c.list_popularity = 0;
    c.series_share = 0;
    c.size_least_bytes = 7000;
    c.size_most_bytes = 8000;
    const message_stream stream = made(c);
    between(statistics_of(stream).top_list, 0.125, 0.14);
    for (const arrival& a : stream.arrivals) {
        REQUIRE((a.size_bytes >= 7000 && a.size_bytes <= 8000));
    }
}

TEST_CASE("an impossible choice is an error that names the key and what was expected") {
    const auto wrong = [](auto change) {
        stream_choice c;
        change(c);
        const auto stream = make_stream(c, 1);
        REQUIRE_FALSE(stream);
        return stream.error().to_string();
    };
    CHECK(wrong([](auto& c) { c.posts = 0; }) ==
          "stream.posts: expected 1 to 1000000000, found 0 (malformed)");
    CHECK(wrong([](auto& c) { c.lists = 0; }).starts_with("stream.lists: expected 1 to "));
    CHECK(wrong([](auto& c) { c.senders = 0; }).starts_with("stream.senders: expected 1 to "));
    CHECK(wrong([](auto& c) { c.posts_per_hour = 0; }).starts_with("stream.posts_per_hour: "));
    CHECK(wrong([](auto& c) {
              c.posts_per_hour = std::nan("");
          }).starts_with("stream.posts_per_hour: "));
    CHECK(wrong([](auto& c) { c.series_share = 1.5; }) ==
          "stream.series_share: expected 0 to 1, found 1.5 (malformed)");
    CHECK(wrong([](auto& c) { c.series_length = 1; }).starts_with("stream.series_length: "));
    CHECK(wrong([](auto& c) { c.reply_share = -0.1; }).starts_with("stream.reply_share: "));
    CHECK(wrong([](auto& c) { c.size_median_bytes = 100; }) ==
          "stream.size_median_bytes: expected more than size_least_bytes and at most "
          "size_most_bytes, found 100 (malformed)");
    CHECK(wrong([](auto& c) { c.size_most_bytes = 1; }).starts_with("stream.size_least_bytes: "));
    CHECK(wrong([](auto& c) { c.speedup = 0; }) ==
          "stream.speedup: expected 1e-06 to 1e+12, found 0 (malformed)");
    CHECK(wrong([](auto& c) { c.start_s = -1; }).starts_with("stream.start_s: "));
}

TEST_CASE("a stream follows its speedup and begins at its start") {
    stream_choice c = small();
    const message_stream slow = made(c);
    c.speedup = 10;
    c.start_s = 1'000'000;
    const message_stream fast = make_stream(c, 1).value();
    REQUIRE(fast.arrivals.size() == slow.arrivals.size());
    CHECK(fast.arrivals.front().time == to_virtual_time(1'000'000));
    const double slow_s = to_seconds(slow.arrivals.back().time - slow.arrivals.front().time);
    const double fast_s = to_seconds(fast.arrivals.back().time - fast.arrivals.front().time);
    CHECK(fast_s == Approx(slow_s / 10).epsilon(1e-9));
    for (std::size_t i = 1; i < fast.arrivals.size(); ++i) {
        CHECK(fast.arrivals[i - 1].time <= fast.arrivals[i].time);
    }
}
