#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/bounded_loads.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace qslice;

namespace {

std::vector<key_load> some_keys() {
    const auto gen = rc::gen::container<std::vector<key_load>>(
        rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0, 1000)),
                     [](const auto& drawn) {
                         return key_load{drawn.first, static_cast<double>(drawn.second)};
                     }));
    auto keys = *gen;
    std::sort(keys.begin(), keys.end(),
              [](const auto& a, const auto& b) { return a.leading < b.leading; });
    const auto same = [](const auto& a, const auto& b) { return a.leading == b.leading; };
    keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
    return keys;
}

std::vector<double> loads_of(const bounded_loads& p, const std::vector<key_load>& keys) {
    std::vector<double> loads(p.slice_count());
    for (const key_load& key : keys) loads[p.slice_of({key.leading, 7, 9})] += key.load;
    return loads;
}

double sum_of(const std::vector<key_load>& keys) {
    double sum = 0;
    for (const key_load& key : keys) sum += key.load;
    return sum;
}

std::string why_not(const std::vector<key_load>& keys, double slack) {
    const auto made = bounded_loads::make(3, keys, slack);
    REQUIRE_FALSE(made);
    return made.error().to_string();
}

}  // namespace

TEST_CASE("no slice gets more than its share plus the slack, or plus one key") {
    CHECK(rc::check([] {
        const auto slices = *rc::gen::inRange<std::uint64_t>(1, 20);
        const double slack = 0.01 * *rc::gen::inRange(0, 60);
        const auto keys = some_keys();
        const auto p = bounded_loads::make(slices, keys, slack).value();
        const double share = sum_of(keys) / static_cast<double>(slices);
        double largest = 0;
        for (const key_load& key : keys) largest = std::max(largest, key.load);
        for (const double load : loads_of(p, keys)) {
            RC_ASSERT(load <= std::max((1 + slack) * share, share + largest) + 1e-6);
        }
    }));
}

TEST_CASE("with enough room, and for unknown keys, it is the ring") {
    CHECK(rc::check([] {
        const auto slices = *rc::gen::inRange<std::uint64_t>(1, 20);
        const auto ring = hash_ring::make(slices).value();
        const auto roomy = bounded_loads::make(slices, some_keys(), 1e6).value();
        RC_ASSERT(roomy.passed_on() == 0u);
        const auto tight = bounded_loads::make(slices, some_keys()).value();
        const hash_value unknown{*rc::gen::arbitrary<std::uint64_t>() | 1, 0, 0};
        RC_ASSERT(roomy.slice_of(unknown) == ring.slice_of(unknown));
        const auto empty = bounded_loads::make(slices).value();
        RC_ASSERT(empty.slice_of(unknown) == ring.slice_of(unknown));
        RC_ASSERT(tight.slice_of(unknown) < slices);
    }));
}

TEST_CASE("every process makes the same table, in whatever order it reads the keys") {
    CHECK(rc::check([] {
        auto keys = some_keys();
        const auto one = bounded_loads::make(7, keys).value();
        std::reverse(keys.begin(), keys.end());
        const auto other = bounded_loads::make(7, keys).value();
        for (const key_load& key : keys) {
            RC_ASSERT(one.slice_of({key.leading, 0, 0}) == other.slice_of({key.leading, 9, 9}));
        }
    }));
}

TEST_CASE("a slice of weight 0 takes nothing, and a slice of weight 2 has twice the room") {
    std::vector<key_load> keys;
    for (std::uint64_t i = 0; i < 3000; ++i) keys.push_back({i * 0x9e3779b97f4a7c15u, 1});
    const auto p = bounded_loads::make(std::vector<std::uint32_t>{1, 0, 2}, keys, 0.05).value();
    const auto loads = loads_of(p, keys);
    CHECK(loads[1] == 0);
    CHECK(loads[0] <= 1050);
    CHECK(loads[2] <= 2100);
    CHECK(loads[0] + loads[2] == 3000);
}

TEST_CASE("lists of known size are spread evenly where the ring piles them up") {
    list_affinity_policy policy;
    std::vector<key_load> keys;
    for (int i = 0; i < 12; ++i) {
        keys.push_back({policy.leading_bits("list" + std::to_string(i)), 100});
    }
    const auto p = bounded_loads::make(4, keys).value();
    for (const double load : loads_of(p, keys)) CHECK(load == 300);
    const auto ring = bounded_loads::make(4).value();
    const auto heaped = loads_of(ring, keys);
    CHECK(*std::max_element(heaped.begin(), heaped.end()) > 300);
}

TEST_CASE(
    "an entry's digest starts with the leading bits of its list, so its slice is the list's") {
    list_affinity_policy policy;
    const std::uint64_t leading = policy.leading_bits("announce");
    const auto p = bounded_loads::make(5, std::vector<key_load>{{leading, 10}}).value();
    for (const char* message : {"one", "two"}) {
        hash_input input;
        input.message = message;
        input.list_name = "announce";
        const hash_value d = policy(input);
        CHECK(d.high() == leading);
        CHECK(p.slice_of(d) == p.slice_of({leading, 0, 0}));
    }
}

TEST_CASE("keys with the same leading bits count as one") {
    const std::vector<key_load> halves{{5, 50}, {5, 50}, {6, 60}};
    const std::vector<key_load> whole{{5, 100}, {6, 60}};
    const auto a = bounded_loads::make(2, halves).value();
    const auto b = bounded_loads::make(2, whole).value();
    for (const std::uint64_t key : {5u, 6u}) {
        CHECK(a.slice_of({key, 0, 0}) == b.slice_of({key, 0, 0}));
    }
}

TEST_CASE("invalid loads and slack are errors that say so") {
    CHECK(why_not({{1, -1}}, 0.1) ==
          "load: expected a finite non-negative number, found -1.000000 (malformed)");
    CHECK(why_not({{1, 1.0 / 0.0}}, 0.1).find("found inf") != std::string::npos);
    CHECK(why_not({}, -0.5).find("slack: expected a finite non-negative number") == 0);
    CHECK_FALSE(bounded_loads::make(0));
}

TEST_CASE("a table of loads is read from a partition's text, and errors in it are reported") {
    const std::string text =
        "bounded[00000000000000ff=3,ffffffffffffffff=2.5,8000000000000000=3]:3";
    const auto made = make_partition(text).value();
    CHECK(made.text() == text);
    const auto typed =
        bounded_loads::make(3, std::vector<key_load>{{0xff, 3}, {~0ull, 2.5}, {1ull << 63, 3}})
            .value();
    for (const std::uint64_t key : {0xffull, ~0ull, 1ull << 63, 12345ull}) {
        CHECK(made.slice_of({key, 1, 1}) == typed.slice_of({key, 1, 1}));
    }
    CHECK(make_partition("bounded:4")->slice_of({77, 0, 0}) ==
          hash_ring::make(4)->slice_of({77, 0, 0}));
    CHECK(make_partition("bounded[]:3,1")->slice_count() == 2);

    const auto why = [](const std::string& wrong) { return make_partition(wrong).error().what; };
    CHECK(why("bounded[ff=3]:3") ==
          "expected KEY=LOAD,..., each key of 16 hex digits, between the brackets, found "
          "'[ff=3]'");
    CHECK(why("bounded[00000000000000ff=x]:3").find("found '[00000000000000ff=x]'") !=
          std::string::npos);
    CHECK(why("boundedly:3") == "expected a partition: " + partition_forms());
    CHECK(why("bounded[00000000000000ff=-3]:3") ==
          "expected a finite non-negative number, found -3.000000");
    CHECK(
        why("bounded[]:x") ==
        "expected a number of slices or their weights (whole numbers) after the colon, found 'x'");
}
