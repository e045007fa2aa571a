#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/partition/weighted_ranges.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace qslice;

namespace {

using weights = std::vector<std::uint32_t>;

hash_value any_hash() {
    return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>(),
            *rc::gen::arbitrary<std::uint32_t>()};
}

weights any_weights() {
    const auto count = *rc::gen::inRange<std::size_t>(1, 200);
    const auto most = *rc::gen::element<std::uint64_t>(2, 10, 1000, std::uint64_t{1} << 32);
    return *rc::gen::container<weights>(
        count, rc::gen::map(rc::gen::inRange<std::uint64_t>(1, most),
                            [](std::uint64_t w) { return static_cast<std::uint32_t>(w); }));
}

// The hash as a number of 0 to 1, to 52 bits.
double position(const hash_value& d) { return std::ldexp(static_cast<double>(d.high()), -64); }

}  // namespace

TEST_CASE("weighted slices cover the hash space without gap or overlap for any weights") {
    CHECK(rc::check([] {
        const auto ranges = weighted_ranges<>::make(any_weights()).value();
        RC_ASSERT(covers_exactly(ranges));
    }));
}

TEST_CASE("a weighted slice is as long as its weight says") {
    CHECK(rc::check([] {
        const weights w = any_weights();
        const auto ranges = weighted_ranges<>::make(w).value();
        double sum = 0;
        for (const auto weight : w) sum += weight;
        for (slice_index k = 0; k < w.size(); ++k) {
            const hash_range range = ranges.range_of(k);
            const double length = position(range.upper) - position(range.lower);
            RC_ASSERT(std::abs(length - w[k] / sum) < 1e-15);
        }
    }));
}

TEST_CASE("any hash is in the range of its weighted slice and of no other") {
    CHECK(rc::check([] {
        const auto ranges = weighted_ranges<>::make(any_weights()).value();
        const hash_value d = any_hash();
        for (slice_index k = 0; k < ranges.slice_count(); ++k) {
            RC_ASSERT(ranges.owns(k, d) == ranges.range_of(k).contains(d));
        }
    }));
}

TEST_CASE("slices with equal weights are the equal slices, bit for bit") {
    for (std::size_t n = 1; n <= 100; ++n) {
        const auto weighted = weighted_ranges<>::make(weights(n, 7)).value();
        const auto equal = equal_ranges<>::make(n).value();
        for (slice_index k = 0; k < n; ++k) REQUIRE(weighted.range_of(k) == equal.range_of(k));
    }
}

TEST_CASE("weights known at compile time and at run time give the same slices") {
    CHECK(rc::check([] {
        const weighted_ranges<3, 2, 1, 40, 5> typed;
        const auto made = weighted_ranges<>::make(weights{3, 2, 1, 40, 5}).value();
        const hash_value d = any_hash();
        RC_ASSERT(typed.slice_of(d) == made.slice_of(d));
    }));
}

TEST_CASE("invalid weights are an error") {
    CHECK(weighted_ranges<>::make(weights{}).error().what == "expected 1 to 65536 slices, found 0");
    CHECK(weighted_ranges<>::make(weights{1, 0}).error().what ==
          "expected weights of at least 1, found 0");
    CHECK_FALSE(weighted_ranges<>::make(weights(65537, 1)));
}

TEST_CASE("weighted slices without weights are one slice") {
    CHECK(weighted_ranges<>{}.slice_count() == 1);
    CHECK(covers_exactly(weighted_ranges<>{}));
}

TEST_CASE("a hash where two slices of Mailman 3 meet belongs to both, any other to one") {
    CHECK(rc::check([] {
        const auto bits = *rc::gen::inRange(1, 33);
        const auto ranges = mailman3_ranges<>::make(std::uint64_t{1} << bits).value();
        const auto k =
            static_cast<slice_index>(*rc::gen::inRange<std::uint64_t>(1, ranges.slice_count()));
        const hash_value end = ranges.range_of(k).lower;
        for (const hash_value d : {end.previous(), end, end.next(), any_hash()}) {
            const slice_index lowest = ranges.slice_of(d);
            RC_ASSERT(ranges.range_of(lowest).contains(d) && ranges.owns(lowest, d));
            RC_ASSERT(lowest == 0 || !ranges.range_of(lowest - 1).contains(d));
            RC_ASSERT(lowest == 0 || !ranges.owns(lowest - 1, d));
            if (lowest + 1 < ranges.slice_count()) {
                RC_ASSERT(ranges.owns(lowest + 1, d) == ranges.range_of(lowest + 1).contains(d));
            }
        }
        RC_ASSERT(ranges.owns(k, end) && ranges.owns(k - 1, end));
        RC_ASSERT(!ranges.owns(k, end.previous()) && !ranges.owns(k - 1, end.next()));
    }));
}

TEST_CASE("Mailman 3's number of slices must be a power of two") {
    CHECK(mailman3_ranges<>::make(3).error().what ==
          "expected a power of two, as Mailman 3 asserts, found 3 slices");
    CHECK_FALSE(mailman3_ranges<>::make(0));
    CHECK_FALSE(mailman3_ranges<>::make(std::uint64_t{1} << 33));
}
