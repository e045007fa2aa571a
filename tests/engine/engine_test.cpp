#include "sim/engine/engine.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

virtual_time at(duration d) { return virtual_time(d); }

}  // namespace

TEST_CASE("events happen in the order of their times, equal times as they were scheduled") {
    CHECK(rc::check([] {
        const auto times = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 50));
        engine e;
        std::vector<std::pair<int, std::size_t>> happened;
        for (std::size_t i = 0; i < times.size(); ++i) {
            e.schedule_at(at(duration(times[i])),
                          [&, i] { happened.emplace_back(e.now().time_since_epoch().count(), i); });
        }
        RC_ASSERT(e.run() == times.size());
        std::vector<std::pair<int, std::size_t>> expected;
        for (std::size_t i = 0; i < times.size(); ++i) expected.emplace_back(times[i], i);
        std::sort(expected.begin(), expected.end());
        RC_ASSERT(happened == expected);
    }));
}

TEST_CASE("cancelled events do not happen, all others do") {
    CHECK(rc::check([] {
        const auto plan = *rc::gen::container<std::vector<std::pair<int, bool>>>(
            rc::gen::pair(rc::gen::inRange(0, 1000), rc::gen::arbitrary<bool>()));
        engine e;
        std::size_t happened = 0;
        std::vector<event_handle> to_cancel;
        for (const auto& [time, cancelled] : plan) {
            const auto handle = e.schedule_at(at(duration(time)), [&happened, c = cancelled] {
                RC_ASSERT(!c);
                ++happened;
            });
            if (cancelled) to_cancel.push_back(handle);
        }
        for (const event_handle h : to_cancel) RC_ASSERT(e.cancel(h));
        for (const event_handle h : to_cancel) RC_ASSERT(!e.cancel(h));
        RC_ASSERT(e.events_pending() == plan.size() - to_cancel.size());
        e.run();
        RC_ASSERT(happened == plan.size() - to_cancel.size());
    }));
}

TEST_CASE(
    "an event can be neither cancelled after it happened nor by the handle of its successor") {
    engine e;
    int calls = 0;
    const auto first = e.schedule_in(1s, [&] { ++calls; });
    e.run();
    const auto second = e.schedule_in(1s, [&] { ++calls; });
    CHECK_FALSE(e.cancel(first));
    CHECK_FALSE(e.cancel(event_handle{}));
    e.run();
    CHECK(calls == 2);
    CHECK_FALSE(e.cancel(second));
}

TEST_CASE("a callback in the past happens now") {
    engine e({.start = at(10s)});
    virtual_time seen;
    e.schedule_at(at(3s), [&] { seen = e.now(); });
    e.run();
    CHECK(seen == at(10s));
}

TEST_CASE("run_until runs events up to and including its limit, and time advances to it") {
    engine e;
    int calls = 0;
    for (const auto t : {1s, 2s, 3s}) e.schedule_at(at(t), [&] { ++calls; });
    CHECK(e.run_until(at(2s)) == 2);
    CHECK(e.now() == at(2s));
    e.run_until(at(2500ms));
    CHECK(e.now() == at(2500ms));
    CHECK(calls == 2);
    e.run();
    CHECK(calls == 3);
    CHECK(e.now() == at(3s));
}

TEST_CASE("stop ends the run after the current event, and a later run continues") {
    engine e;
    int calls = 0;
    e.schedule_in(1s, [&] {
        ++calls;
        e.stop();
    });
    e.schedule_in(2s, [&] { ++calls; });
    e.run();
    CHECK(calls == 1);
    CHECK(e.events_pending() == 1);
    e.run();
    CHECK(calls == 2);
}

TEST_CASE("a callback that stops the run and schedules itself again ends each run") {
    for (const std::size_t pending : {1u, 10u, 1000u}) {
        engine e;
        std::size_t left = 0;
        std::function<void(std::size_t)> again = [&](std::size_t i) {
            e.schedule_in(duration(1 + (i * 7919) % 101), [&, i] {
                if (--left == 0) e.stop();
                again(i);
            });
        };
        for (std::size_t i = 0; i < pending; ++i) again(i);
        for (const std::size_t wanted : {1u, 2u, 5000u}) {
            left = wanted;
            CHECK(e.run() == wanted);
            CHECK(left == 0);
            CHECK(e.events_pending() == pending);
        }
    }
}

TEST_CASE("a callback's exception propagates from run, which can be called again") {
    engine e;
    bool later = false;
    e.schedule_in(1s, [] { throw std::runtime_error("callback"); });
    e.schedule_in(2s, [&] { later = true; });
    CHECK_THROWS_WITH(e.run(), "callback");
    e.run();
    CHECK(later);
}

TEST_CASE("large and move-only closures are kept intact and destroyed once") {
    engine e;
    auto shared = std::make_shared<int>(7);
    std::vector<int> seen;
    {
        std::array<std::shared_ptr<int>, 8> many;
        many.fill(shared);
        e.schedule_in(1s, [many, &seen] { seen.push_back(*many[7]); });
        e.schedule_in(2s, [p = std::make_unique<int>(9), &seen] { seen.push_back(*p); });
        e.cancel(e.schedule_in(3s, [many, &seen] { seen.push_back(-1); }));
    }
    CHECK(shared.use_count() == 9);
    e.run();
    CHECK(shared.use_count() == 1);
    CHECK(seen == std::vector{7, 9});
}

TEST_CASE("a tie seed shuffles only equal times, and the same seed in the same way") {
    const auto order = [](std::uint64_t seed) {
        engine e({.tie_seed = seed});
        std::vector<int> happened;
        for (int i = 0; i < 40; ++i) {
            e.schedule_at(at(duration(i / 20)), [&happened, i] { happened.push_back(i); });
        }
        e.run();
        return happened;
    };
    const auto shuffled = order(5);
    CHECK(shuffled == order(5));
    CHECK(shuffled != order(0));
    CHECK(shuffled != order(6));
    CHECK(std::is_permutation(shuffled.begin(), shuffled.begin() + 20, order(0).begin()));
}

TEST_CASE("a chooser among equal times can produce every order of them") {
    std::vector<std::string> seen;
    for (std::size_t first = 0; first < 3; ++first) {
        for (std::size_t second = 0; second < 2; ++second) {
            engine e;
            std::string order;
            for (const char c : {'a', 'b', 'c'}) e.schedule_in(1s, [&order, c] { order += c; });
            e.schedule_in(2s, [&order] { order += '.'; });
            std::vector<std::size_t> offered;
            e.set_chooser(choose_among::equal_times, [&](std::span<const enabled_event> enabled) {
                offered.push_back(enabled.size());
                return enabled.size() == 3 ? first : enabled.size() == 2 ? second : 0;
            });
            e.run();
            CHECK(offered == std::vector<std::size_t>{3, 2, 1, 1});
            seen.push_back(order);
        }
    }
    CHECK(seen == std::vector<std::string>{"abc.", "acb.", "bac.", "bca.", "cab.", "cba."});
}

TEST_CASE("a chooser among all events lets a later one overtake, and each has its own time") {
    engine e;
    std::vector<std::pair<char, virtual_time>> happened;
    e.schedule_at(at(1s), [&] { happened.emplace_back('a', e.now()); });
    e.schedule_at(at(2s), [&] { happened.emplace_back('b', e.now()); });
    e.set_chooser(choose_among::all,
                  [](std::span<const enabled_event> enabled) { return enabled.size() - 1; });
    e.run();
    CHECK(happened ==
          std::vector<std::pair<char, virtual_time>>{{'b', at(2s)}, {'a', at(2s + 1ns)}});
}

TEST_CASE("callbacks that a chooser chose may schedule more, and each happens once") {
    engine e;
    e.set_chooser(choose_among::all, [](auto enabled) { return enabled.size() - 1; });
    std::vector<int> happened(120);
    std::function<void(int)> schedule = [&](int i) {
        e.schedule_in(1s, [&, i] {
            ++happened[static_cast<std::size_t>(i)];
            if (i < 40) {
                schedule(40 + 2 * i);
                schedule(41 + 2 * i);
            }
        });
    };
    for (int i = 0; i < 40; ++i) schedule(i);
    CHECK(e.run() == 120);
    CHECK(happened == std::vector<int>(120, 1));
}

TEST_CASE("a choice out of range is rejected") {
    engine e;
    e.schedule_in(1s, [] {});
    e.set_chooser(choose_among::all, [](auto) { return std::size_t{1}; });
    CHECK_THROWS_AS(e.run(), std::out_of_range);
}
