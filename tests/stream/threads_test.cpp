#include "sim/stream/threads.hpp"
#include "sim/stream/timing.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

using namespace qslice::sim;

namespace {

arrival post(std::uint64_t id, std::uint64_t in_reply_to) {
    arrival a;
    a.message_id = id;
    a.in_reply_to = in_reply_to;
    return a;
}

std::vector<std::uint64_t> threads_of(std::vector<arrival> posts) {
    message_stream s;
    s.arrivals = std::move(posts);
    set_threads(s);
    std::vector<std::uint64_t> threads;
    for (const arrival& a : s.arrivals) threads.push_back(a.thread);
    return threads;
}

using threads = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an answer to an answer belongs to the thread of the first post") {
    CHECK(threads_of({post(1, 0), post(2, 1), post(3, 2), post(4, 0), post(5, 1)}) ==
          threads{1, 1, 1, 4, 1});
}

TEST_CASE("an answer that arrives before its question belongs to its thread") {
    CHECK(threads_of({post(3, 2), post(2, 1), post(1, 0)}) == threads{1, 1, 1});
}

TEST_CASE("answers to the same missing post are one thread") {
    CHECK(threads_of({post(1, 9), post(2, 9), post(3, 2)}) == threads{9, 9, 9});
}

TEST_CASE(
    "posts that answer each other in a cycle, or themselves, are in the thread of the first") {
    CHECK(threads_of({post(1, 1)}) == threads{1});
    CHECK(threads_of({post(5, 4), post(1, 3), post(2, 1), post(3, 2), post(4, 3)}) ==
          threads{1, 1, 1, 1, 1});
}

TEST_CASE("copies of one post are in one thread") {
    CHECK(threads_of({post(1, 0), post(2, 1), post(2, 1), post(3, 2)}) == threads{1, 1, 1, 1});
}

TEST_CASE("every post is in the thread of the post that it answers") {
    CHECK(rc::check([] {
        const auto parents = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 40));
        message_stream s;
        for (std::size_t i = 0; i < parents.size(); ++i) {
            s.arrivals.push_back(post(i + 1, static_cast<std::uint64_t>(parents[i])));
        }
        set_threads(s);
        for (const arrival& a : s.arrivals) {
            RC_ASSERT(a.thread != 0);
            if (a.in_reply_to == 0) {
                RC_ASSERT(a.thread == a.message_id);
            } else if (a.in_reply_to <= s.arrivals.size()) {
                RC_ASSERT(a.thread == s.arrivals[a.in_reply_to - 1].thread);
            } else {
                RC_ASSERT(a.thread == a.in_reply_to);
            }
        }
    }));
}

TEST_CASE("spreading keeps the order and each post in its second") {
    CHECK(rc::check([] {
        auto seconds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
        std::sort(seconds.begin(), seconds.end());
        message_stream s;
        for (const int second : seconds) {
            s.arrivals.push_back({virtual_time(std::chrono::seconds(second))});
        }
        spread_within_seconds(s);
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            const auto time = s.arrivals[i].time;
            RC_ASSERT(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count() ==
                      seconds[i]);
            if (i > 0) RC_ASSERT(s.arrivals[i - 1].time < time);
        }
    }));
}
