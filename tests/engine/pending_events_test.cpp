#include "sim/engine/pending_events.hpp"
#include "sim/engine/random_stream.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

using namespace qslice::sim;

namespace {

// Does the same with the pending events and a std::set, and compares which event comes first.
class compared {
public:
    void push(std::int64_t time) {
        const event_key key{time, next_order_ += 3};
        subject_.push(key);
        reference_.insert(key);
        check_size();
    }
    event_key pop() {
        REQUIRE(!subject_.empty());
        const event_key first = subject_.top();
        REQUIRE(first == *reference_.begin());
        subject_.pop();
        reference_.erase(reference_.begin());
        check_size();
        return first;
    }
    template <class Useless>
    void remove_if(Useless useless) {
        subject_.remove_if(useless);
        std::erase_if(reference_, useless);
        check_size();
    }
    void check_all() {
        std::vector<event_key> seen;
        subject_.for_each([&](const event_key& k) { seen.push_back(k); });
        std::sort(seen.begin(), seen.end());
        REQUIRE(std::equal(seen.begin(), seen.end(), reference_.begin(), reference_.end()));
    }
    void pop_all() {
        while (!empty()) pop();
        REQUIRE(subject_.empty());
    }
    // Events known in advance come in that order, at least the near ones.
    void check_upcoming() {
        if (empty()) return;
        const event_key first = subject_.top();
        subject_.look_ahead(20);
        REQUIRE(subject_.top() == first);
        for (std::size_t i = 0; const event_key* key = subject_.upcoming(i); ++i) {
            REQUIRE(reference_.count(*key) == 1);
            if (i > 0) REQUIRE(*subject_.upcoming(i - 1) < *key);
        }
    }
    [[nodiscard]] bool empty() const { return reference_.empty(); }
    [[nodiscard]] std::size_t size() const { return reference_.size(); }

private:
    void check_size() { REQUIRE(subject_.size() == reference_.size()); }

    pending_events subject_;
    std::set<event_key> reference_;
    std::uint64_t next_order_ = 0;
};

constexpr std::int64_t first_time = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t last_time = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE(
    "pending events come in the order of their keys, whatever is added and removed in between") {
    CHECK(rc::check([] {
        compared both;
        random_stream random(*rc::gen::arbitrary<std::uint64_t>(), "steps");
        std::int64_t now = 0;
        // Each phase has its own range of times: from equal ones to the whole range.
        for (int phase = 0; phase < 8; ++phase) {
            const unsigned width = static_cast<unsigned>(random.below(63));
            const std::uint64_t steps = random.below(400);
            const std::uint64_t pushes = random.below(11);
            for (std::uint64_t i = 0; i < steps; ++i) {
                if (random.below(10) < pushes) {
                    const auto in = random.below(std::uint64_t{1} << width);
                    both.push(now > last_time - static_cast<std::int64_t>(in)
                                  ? last_time
                                  : now + static_cast<std::int64_t>(in));
                } else if (!both.empty()) {
                    now = both.pop().time_ns;
                    if (i % 2 == 0) both.check_upcoming();
                }
            }
            if (random.below(4) == 0) {
                both.remove_if([](const event_key& k) { return k.order % 2 == 0; });
            }
            both.check_all();
            both.check_upcoming();
        }
        both.pop_all();
    }));
}

TEST_CASE("a steady population of thousands of pending events stays in order") {
    random_stream random(1, "hold");
    for (const std::size_t count : {10u, 100u, 5000u}) {
        compared both;
        for (std::size_t i = 0; i < count; ++i) {
            both.push(static_cast<std::int64_t>(random.below(1'000'000)));
        }
        for (int i = 0; i < 20'000; ++i) {
            const std::int64_t now = both.pop().time_ns;
            both.push(now + static_cast<std::int64_t>(random.below(1'000'000)));
        }
        both.check_all();
        both.pop_all();
    }
}

TEST_CASE("thousands of pending events with the same time come in their order, among others") {
    compared both;
    for (int i = 0; i < 3000; ++i) both.push(1000);
    for (int i = 0; i < 3000; ++i) both.push(i % 3 == 0 ? 1000 : 2000 - i % 2);
    for (int i = 0; i < 2000; ++i) {
        both.push(both.pop().time_ns);
    }
    both.check_all();
    both.pop_all();
}

TEST_CASE("few near events and many far ones do not disturb each other") {
    compared both;
    random_stream random(2, "two scales");
    for (int i = 0; i < 2000; ++i) {
        both.push(static_cast<std::int64_t>(3'600'000'000'000 + random.below(3'600'000'000'000)));
    }
    for (int i = 0; i < 500; ++i) both.push(static_cast<std::int64_t>(random.below(1000)));
    for (int i = 0; i < 20'000; ++i) {
        both.push(both.pop().time_ns + 1 + static_cast<std::int64_t>(random.below(1000)));
    }
    both.check_all();
    both.pop_all();
}

TEST_CASE("the first and the last possible time are treated like any other") {
    compared both;
    for (int round = 0; round < 200; ++round) {
        for (const std::int64_t t : {last_time, std::int64_t{0}, first_time, std::int64_t{-1},
                                     first_time + 1, last_time - 1, std::int64_t{1}}) {
            both.push(t);
        }
    }
    for (int i = 0; i < 300; ++i) both.pop();
    for (int i = 0; i < 300; ++i) both.push(last_time);
    both.check_all();
    both.pop_all();
}
