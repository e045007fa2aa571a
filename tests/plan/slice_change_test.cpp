#include "sim/plan/slice_change.hpp"
#include "sim/plan/change_report.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

any_partition made(const std::string& text) { return make_partition(text).value(); }

slice_change change(const std::string& from, const std::string& to) {
    return compare_divisions(made(from), made(to), 1);
}

takers_result takers(const std::vector<runner_choice>& running, const std::string& kind = "equal") {
    return find_takers(
               running,
               [&](std::uint64_t slices) {
                   return make_partition(kind + ':' + std::to_string(slices));
               },
               1)
        .value();
}

std::vector<runner_choice> slices_of(std::uint64_t n, std::uint64_t from, std::uint64_t to) {
    std::vector<runner_choice> runners;
    for (std::uint64_t k = from; k < to; ++k) runners.push_back({"IncomingRunner", k, n});
    return runners;
}

/// "equal:N" or "weighted:...", N up to 40.
std::string any_ranges() {
    const auto n = *rc::gen::inRange<std::size_t>(1, 40);
    if (*rc::gen::arbitrary<bool>()) return "equal:" + std::to_string(n);
    std::string text;
    for (std::size_t k = 0; k < n; ++k) {
        text += (k == 0 ? "weighted:" : ",") + std::to_string(*rc::gen::inRange(1, 1000));
    }
    return text;
}

hash_value any_hash() {
    return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>(),
            *rc::gen::arbitrary<std::uint32_t>()};
}

/// Whether a share found among `count` evenly spread samples agrees with the true one: each range
/// has at most one sample more or less than its share at each of its two ends.
bool agrees(double share, std::uint64_t hits, std::uint64_t count, std::size_t ranges) {
    return std::abs(share - static_cast<double>(hits) / static_cast<double>(count)) <=
           2.0 * static_cast<double>(ranges) / static_cast<double>(count);
}

/// Sample i of `count` evenly spread hashes.
hash_value spread(std::uint64_t i, std::uint64_t count) { return hash_value::fraction(i, count); }

}  // namespace

TEST_CASE("from 3 to 4 equal slices half of the entries change their slice") {
    const slice_change c = change("equal:3", "equal:4");
    CHECK(c.moved.fraction == "1/2");
    CHECK(c.kept.fraction == "1/2");
    CHECK(c.least.value().fraction == "1/4");
    CHECK(c.counted == 0);
    std::vector<std::string> moves;
    for (const slice_move& m : c.moves) {
        moves.push_back(std::to_string(m.from) + '>' + std::to_string(m.to) + ' ' +
                        m.share.fraction);
    }
    CHECK(moves == std::vector<std::string>{"0>0 1/4", "0>1 1/12", "1>1 1/6", "1>2 1/6", "2>2 1/12",
                                            "2>3 1/4"});
    // The pieces are the ranges of both, cut to the last bit.
    CHECK(c.moves[1].range->lower == hash_value::fraction(1, 4));
    CHECK(c.moves[1].range->upper == hash_value::fraction(1, 3).previous());
}

TEST_CASE("doubling the slices moves all but half of slice 0", "[slow][unsanitized]") {
    CHECK(change("equal:4", "equal:8").kept.fraction == "1/8");
    CHECK(change("mailman3:4", "mailman3:8").moved.fraction == "7/8");
    CHECK(change("equal:1", "equal:65536").moved.fraction == "65535/65536");
}

TEST_CASE("the same number of slices moves nothing") {
    CHECK(change("equal:5", "equal:5").moved.fraction == "0");
    CHECK(change("weighted:2,2,2", "equal:3").moved.fraction == "0");
    CHECK(change("jump:5", "jump:5").moved.value == 0);
}

TEST_CASE("shares of equal and weighted ranges agree with what samples find") {
    CHECK(rc::check([] {
        const any_partition before = made(any_ranges());
        const any_partition after = made(any_ranges());
        const slice_change c = compare_divisions(before, after, 1);
        constexpr std::uint64_t samples = 4001;
        std::map<std::pair<slice_index, slice_index>, std::uint64_t> counts;
        std::uint64_t moved = 0;
        for (std::uint64_t i = 0; i < samples; ++i) {
            const hash_value d = spread(i, samples);
            const std::pair pair{before.slice_of(d), after.slice_of(d)};
            ++counts[pair];
            moved += pair.first != pair.second ? 1 : 0;
        }
        double sum = 0;
        for (const slice_move& m : c.moves) {
            RC_ASSERT(m.share.exact());
            RC_ASSERT(agrees(m.share.value, counts[std::pair{m.from, m.to}], samples, 1));
            counts.erase({m.from, m.to});
            sum += m.share.value;
        }
        RC_ASSERT(counts.empty());
        RC_ASSERT(std::abs(sum - 1) < 1e-12);
        RC_ASSERT(agrees(c.moved.value, moved, samples, c.moves.size()));
        RC_ASSERT(c.moved.value >= c.least.value().value - 1e-12);
    }));
}

TEST_CASE("any hash is in the range of its move and of no other") {
    CHECK(rc::check([] {
        const any_partition before = made(any_ranges());
        const any_partition after = made(any_ranges());
        const slice_change c = compare_divisions(before, after, 1);
        const hash_value d = any_hash();
        std::size_t found = 0;
        for (const slice_move& m : c.moves) {
            if (!m.range->contains(d)) continue;
            ++found;
            RC_ASSERT(m.from == before.slice_of(d));
            RC_ASSERT(m.to == after.slice_of(d));
        }
        RC_ASSERT(found == 1U);
    }));
}

TEST_CASE("the movement of a jump hash is counted, and is the minimum", "[unsanitized]") {
    const slice_change c = change("jump:3", "jump:4");
    CHECK(c.counted == counted_digests);
    CHECK_FALSE(c.moved.exact());
    CHECK(c.moved.low < 0.25);
    CHECK(c.moved.high > 0.25);
    CHECK(c.moved.high - c.moved.low < 0.002);
    CHECK(c.least.value().fraction == "1/4");
    CHECK_FALSE(change("ring:3", "ring:4").least.has_value());
}

TEST_CASE("runners that all have the same number of slices take everything once") {
    const takers_result t = takers(slices_of(3, 0, 3));
    CHECK(t.one.fraction == "1");
    CHECK(t.wrong.empty());
}

TEST_CASE(
    "with one machine left at the old number, some entries are taken by nobody and others twice") {
    // Slices 0 and 1 of 4 were changed, the machine of slice 2 was forgotten, 3 is new.
    std::vector<runner_choice> running = slices_of(4, 0, 2);
    running.push_back({"IncomingRunner", 2, 3});
    running.push_back({"IncomingRunner", 3, 4});
    const takers_result t = takers(running);
    CHECK(t.none.fraction == "1/6");
    CHECK(t.several.fraction == "1/4");
    REQUIRE(t.wrong.size() == 2);
    CHECK(t.wrong[0].takers.empty());
    CHECK(t.wrong[0].range->lower == hash_value::fraction(1, 2));
    CHECK(t.wrong[0].range->upper == hash_value::fraction(2, 3).previous());
    CHECK(t.wrong[1].takers ==
          std::vector<runner_choice>{{"IncomingRunner", 2, 3}, {"IncomingRunner", 3, 4}});
    CHECK(t.wrong[1].range->upper == hash_value::max());
}

TEST_CASE("without any runner nobody takes anything") {
    CHECK(takers({}).none.fraction == "1");
    CHECK(takers({{"IncomingRunner", 1, 3}}).none.fraction == "2/3");
}

TEST_CASE("a slice that two machines run is taken twice", "[unsanitized]") {
    std::vector<runner_choice> running = slices_of(3, 0, 3);
    running.push_back({"IncomingRunner", 1, 3});
    CHECK(takers(running).several.fraction == "1/3");
    CHECK(takers(running, "modulo").several.value == Approx(1.0 / 3).margin(0.002));
}

TEST_CASE("what a mixed set of runners takes agrees with asking each runner") {
    CHECK(rc::check([] {
        const std::vector<std::uint64_t> numbers{*rc::gen::inRange<std::uint64_t>(1, 12),
                                                 *rc::gen::inRange<std::uint64_t>(1, 12)};
        std::vector<runner_choice> running;
        for (const std::uint64_t n : numbers) {
            for (std::uint64_t k = 0; k < n; ++k) {
                if (*rc::gen::arbitrary<bool>()) running.push_back({"OutgoingRunner", k, n});
            }
        }
        const takers_result t = takers(running);
        RC_ASSERT(std::abs(t.none.value + t.one.value + t.several.value - 1) < 1e-12);
        for (int i = 0; i < 20; ++i) {
            const hash_value d = any_hash();
            std::vector<runner_choice> takes;
            for (const runner_choice& r : running) {
                if (made("equal:" + std::to_string(r.slices)).slice_of(d) == r.slice) {
                    takes.push_back(r);
                }
            }
            const auto at =
                std::find_if(t.wrong.begin(), t.wrong.end(),
                             [&](const wrong_part& part) { return part.range->contains(d); });
            RC_ASSERT((at == t.wrong.end()) == (takes.size() == 1));
            if (at != t.wrong.end()) RC_ASSERT(at->takers == takes);
        }
    }));
}

TEST_CASE("changing one machine after another agrees with the mixed sets of runners") {
    using numbers = std::pair<std::uint64_t, std::uint64_t>;
    for (const auto& [from, to] : {numbers{3, 4}, numbers{4, 3}, numbers{2, 7}}) {
        const slice_change c =
            change("equal:" + std::to_string(from), "equal:" + std::to_string(to));
        REQUIRE(c.rolling.size() == std::max(from, to) - 1);
        for (const rolling_step& step : c.rolling) {
            std::vector<runner_choice> running = slices_of(to, 0, std::min(step.changed, to));
            const auto old = slices_of(from, std::min(step.changed, from), from);
            running.insert(running.end(), old.begin(), old.end());
            const takers_result t = takers(running);
            CHECK(step.none.fraction == t.none.fraction);
            CHECK(step.two.fraction == t.several.fraction);
        }
    }
}

TEST_CASE("a runner whose number of slices the partition does not support is named") {
    const auto found = find_takers(
        slices_of(3, 0, 3),
        [](std::uint64_t slices) { return make_partition("mailman3:" + std::to_string(slices)); },
        1);
    REQUIRE_FALSE(found);
    CHECK(found.error().where == "IncomingRunner:0:3");
}

TEST_CASE("the report of a change says the shares, what to do first, and the commands") {
    const slice_change c = change("equal:3", "equal:4");
    const std::string text = change_text(c, {}, diagnosis::mailman_version::v21, {});
    CHECK_THAT(text,
               Catch::Contains("1/2 (50.0%)") && Catch::Contains("minimum that any") &&
                   Catch::Contains("mailmanctl stop") && Catch::Contains("*.bak") &&
                   Catch::Contains("--runner=IncomingRunner:3:4") &&
                   Catch::Contains("While everything runs") &&
                   Catch::Contains("qslice-sim reslice /var/lib/mailman/qfiles --slices 4\n"));
    const auto json = change_json(c, {}, diagnosis::mailman_version::v21);
    CHECK(json.at("moved").at("fraction") == "1/2");
    CHECK(json.at("moves").size() == 6);
    CHECK(json.at("moves").at(1).at("range").at("lower") == hash_value::fraction(1, 4).hex());
    CHECK(json.at("one_after_another").size() == 3);
}

TEST_CASE("the command that changes slices while everything runs names a partition of its own") {
    CHECK(live_procedure(change("equal:2", "ring:3"), diagnosis::mailman_version::v3).commands ==
          std::vector<std::string>{
              "qslice-sim reslice /var/lib/mailman3/queue --slices 3 --partition ring:3"});
}

TEST_CASE("the procedure for Mailman 3 names its commands and its number of instances") {
    const auto steps =
        safe_procedure(change("mailman3:4", "mailman3:8"), diagnosis::mailman_version::v3);
    CHECK(steps.front().commands == std::vector<std::string>{"mailman stop"});
    CHECK(std::any_of(steps.begin(), steps.end(), [](const procedure_step& s) {
        return std::find(s.commands.begin(), s.commands.end(), "instances: 8") != s.commands.end();
    }));
}
