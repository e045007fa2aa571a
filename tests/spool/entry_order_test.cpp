#include <qslice/core/entry_name.hpp>
#include <qslice/spool/any_order.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/fair_order.hpp>
#include <qslice/spool/mailman_order.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace qslice;

namespace {

std::vector<std::string> names_of(const snapshot& s) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < s.size(); ++i) names.emplace_back(s.base_name(i));
    return names;
}

/// Mailman's loop transcribed, with its cost.
std::vector<std::string> mailmans_own_way(const snapshot& listing) {
    std::map<double, std::string> times;
    for (std::size_t i = 0; i < listing.size(); ++i) {
        double key = listing[i].time.seconds;
        while (times.contains(key)) key += 0.0001;
        times[key] = listing.base_name(i);
    }
    std::vector<std::string> names;
    for (const auto& [key, name] : times) names.push_back(name);
    return names;
}

}  // namespace

TEST_CASE("Mailman's order is that of its own loop, however many times are equal or close") {
    CHECK(rc::check([] {
        const auto ticks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
        const double base = *rc::gen::element(0.0, 1400972196.1234, 946684800.25);
        snapshot s;
        for (std::size_t i = 0; i < ticks.size(); ++i) {
            s.add({base + ticks[i] * 0.00005}, std::to_string(i));
        }
        const auto expected = mailmans_own_way(s);
        mailman_order{}(s);
        RC_ASSERT(names_of(s) == expected);
    }));
}

TEST_CASE("the same holds for thousands of entries, shuffled, before and after the epoch") {
    CHECK(rc::check([] {
        const auto count = *rc::gen::inRange(500, 3000);
        const auto spread = *rc::gen::element(100, 5000, 1'000'000);
        const double base = *rc::gen::element(0.0, 1400972196.1234, -0.05);
        const auto ticks = *rc::gen::container<std::vector<int>>(static_cast<std::size_t>(count),
                                                                 rc::gen::inRange(0, spread));
        snapshot s;
        for (std::size_t i = 0; i < ticks.size(); ++i) {
            s.add({base + ticks[i] * 0.00005}, std::to_string(i));
        }
        const auto expected = mailmans_own_way(s);
        mailman_order{}(s);
        RC_ASSERT(names_of(s) == expected);
    }));
}

TEST_CASE(
    "a hundred thousand entries with the same time are put in the directory's order quickly") {
    snapshot s;
    for (int i = 0; i < 100'000; ++i) s.add({1400972196.0}, std::to_string(i));
    mailman_order{}(s);
    REQUIRE(s.size() == 100'000);
    CHECK(s.base_name(0) == "0");
    CHECK(s.base_name(99'999) == "99999");
}

TEST_CASE("an entry that is bumped overtakes one that came less than 0.1 ms after it") {
    snapshot s;
    s.add({10.0}, "first");
    s.add({10.0}, "second");
    s.add({10.00005}, "third");
    mailman_order{}(s);
    CHECK(names_of(s) == std::vector<std::string>{"first", "third", "second"});
}

TEST_CASE("entries with times too large for a bump keep the directory's order") {
    snapshot s;
    s.add({1e17}, "b");
    s.add({1e17}, "a");
    s.add({1.0}, "c");
    mailman_order{}(s);
    CHECK(names_of(s) == std::vector<std::string>{"c", "b", "a"});
}

TEST_CASE("the strict order does not depend on the directory's") {
    CHECK(rc::check([] {
        auto items = *rc::gen::container<std::vector<std::pair<int, int>>>(
            rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::inRange(0, 3)));
        const auto order = [&] {
            snapshot s;
            for (const auto& [time, hash] : items) {
                const hash_value d(0, 0, static_cast<std::uint32_t>(hash));
                s.add({time * 1.0}, std::to_string(time) + "+" + d.hex());
            }
            strict_order{}(s);
            return names_of(s);
        };
        const auto once = order();
        std::reverse(items.begin(), items.end());
        RC_ASSERT(order() == once);
        RC_ASSERT(std::is_sorted(once.begin(), once.end()));
    }));
}

TEST_CASE("an order that is chosen at run time is the one of that type") {
    // At the same time; the hash puts the later listed one first.
    snapshot listing;
    listing.add({100}, "100.0+" + std::string(40, 'b'));
    listing.add({100}, "100.0+" + std::string(40, 'a'));
    const auto ordered = [&](const auto& order) {
        snapshot s = listing;
        order(s);
        return names_of(s);
    };
    CHECK(ordered(any_order()) == ordered(mailman_order{}));
    CHECK(ordered(any_order(strict_order{})) == ordered(strict_order{}));
    CHECK(ordered(any_order()) != ordered(any_order(strict_order{})));
    CHECK(any_order().name == mailman_order::name);
    CHECK(any_order().bump_s == mailman_order::bump_s);
    CHECK_FALSE(any_order().is_strict);
    CHECK(any_order(strict_order{}).is_strict);
    CHECK(any_order(strict_order{}).bump_s == 0);
}

TEST_CASE("the fair order takes the oldest entry of each key in turn, and keeps each key's order") {
    CHECK(rc::check([] {
        const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
            rc::gen::pair(rc::gen::inRange(0, 50), rc::gen::inRange(0, 5))));
        snapshot s;
        std::map<std::uint64_t, std::vector<double>> waiting;
        std::uint32_t number = 0;
        for (const auto& [time, key] : items) {
            const hash_value d(static_cast<std::uint64_t>(key), 0, ++number);
            s.add({time * 1.0}, std::to_string(time) + ".0+" + d.hex());
            waiting[d.high()].push_back(time);
        }
        for (auto& [key, times] : waiting) std::sort(times.begin(), times.end());

        const fair_by_key_order<2> order;
        order(s);
        RC_ASSERT(s.size() == items.size());
        std::map<std::uint64_t, std::size_t> turn;
        std::size_t last_turn = 0;
        double last_time = 0;
        for (const listed_entry& e : s.entries()) {
            const std::uint64_t key = s.hash(e).high();
            RC_ASSERT(e.time.seconds == waiting[key][turn[key]]);
            RC_ASSERT(turn[key] >= last_turn);
            RC_ASSERT(turn[key] > last_turn || e.time.seconds >= last_time);
            last_turn = turn[key]++;
            last_time = e.time.seconds;
        }

        order.limit(s);
        std::size_t expected = 0;
        for (const auto& [key, times] : waiting) expected += std::min<std::size_t>(times.size(), 2);
        RC_ASSERT(s.size() == expected);
    }));
}
