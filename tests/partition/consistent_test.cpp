#include <qslice/partition/hash_ring.hpp>
#include <qslice/partition/jump.hpp>
#include <qslice/partition/modulo.hpp>
#include <qslice/partition/rendezvous.hpp>

#include <rapidcheck.h>
#include <boost/math/distributions/chi_squared.hpp>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace qslice;

namespace {

using weights = std::vector<std::uint32_t>;

// The i-th of a fixed stream of hashes: reproducible, and as even as a counter can be made.
hash_value sample(std::uint64_t i) {
    std::uint64_t x = i * 0xd1342543de82ef95u + 0x632be59bd9b4e019u;
    x = (x ^ (x >> 32)) * 0xdaba0b6eb09322e3u;
    x = (x ^ (x >> 32)) * 0xdaba0b6eb09322e3u;
    return {x ^ (x >> 32), ~x, static_cast<std::uint32_t>(i)};
}

template <partition P>
std::vector<double> counts(const P& p, std::uint64_t samples) {
    std::vector<double> found(p.slice_count());
    for (std::uint64_t i = 0; i < samples; ++i) found[p.slice_of(sample(i))] += 1;
    return found;
}

// How likely counts as uneven as these are where the shares are as the weights say.
double p_value(const std::vector<double>& found, const weights& expected) {
    double samples = 0;
    double sum = 0;
    for (const double count : found) samples += count;
    for (const auto weight : expected) sum += weight;
    double chi_square = 0;
    for (std::size_t k = 0; k < found.size(); ++k) {
        const double wanted = samples * expected[k] / sum;
        chi_square += (found[k] - wanted) * (found[k] - wanted) / wanted;
    }
    const boost::math::chi_squared law(static_cast<double>(found.size() - 1));
    return boost::math::cdf(boost::math::complement(law, chi_square));
}

struct movement {
    std::uint64_t moved = 0;
    std::uint64_t astray = 0;  // moved, but neither to nor from the slice that changed
};

template <partition Before, partition After>
movement moved(const Before& before, const After& after, slice_index changed,
               std::uint64_t samples) {
    movement m;
    for (std::uint64_t i = 0; i < samples; ++i) {
        const slice_index from = before.slice_of(sample(i));
        const slice_index to = after.slice_of(sample(i));
        if (from == to) continue;
        ++m.moved;
        if (from != changed && to != changed) ++m.astray;
    }
    return m;
}

constexpr std::uint64_t many = 200'000;

// Whether `moved` of `many` is what a share of so much gives, within five standard deviations.
bool is_share(std::uint64_t moved, double share) {
    const double n = static_cast<double>(many);
    return std::abs(static_cast<double>(moved) - n * share) <=
           5 * std::sqrt(n * share * (1 - share));
}

}  // namespace

TEST_CASE("jump gives the published values") {
    CHECK(jump<57>{}.slice_of(hash_value(42, 0, 0)) == 43);
    CHECK(jump<666>{}.slice_of(hash_value(0xdead10cc, 0, 0)) == 361);
    CHECK(jump<1024>{}.slice_of(hash_value(256, 0, 0)) == 520);
    // At the largest count a jump's target can lie past every 64-bit integer.
    const auto most = jump<>::make(most_slices).value();
    CHECK(most.slice_of(hash_value(0, 0, 0)) == 2147483648);
    CHECK(most.slice_of(hash_value(1, 0, 0)) == 3094789146);
    CHECK(most.slice_of(hash_value(~0ull, 0, 0)) == 2680453518);
}

TEST_CASE("jump, rendezvous and modulo give every slice its share") {
    for (const std::uint32_t n : {2u, 3u, 5u, 16u, 100u}) {
        const weights equal(n, 1);
        CHECK(p_value(counts(jump<>::make(n).value(), many), equal) > 1e-4);
        CHECK(p_value(counts(rendezvous<>::make(n).value(), many), equal) > 1e-4);
        CHECK(p_value(counts(modulo<>::make(n).value(), many), equal) > 1e-4);
    }
    const weights unequal{3, 2, 1, 0, 10};
    const auto found = counts(rendezvous<>::make(unequal).value(), many);
    CHECK(found[3] == 0);
    CHECK(p_value({found[0], found[1], found[2], found[4]}, {3, 2, 1, 10}) > 1e-4);
}

TEST_CASE("a ring's shares are even to about one part in the square root of its points") {
    for (const std::uint32_t n : {2u, 5u, 50u}) {
        const auto found = counts(hash_ring::make(n).value(), many);
        const double mean = static_cast<double>(many) / n;
        for (const double count : found) CHECK(std::abs(count / mean - 1) < 0.5);
        CHECK(p_value(found, weights(n, 1)) < 1e-6);
    }
    const auto found = counts(hash_ring::make(weights{4, 1}).value(), many);
    CHECK(found[0] / found[1] == Approx(4).epsilon(0.3));
}

TEST_CASE("with jump, rendezvous and ring one more slice moves only what it takes itself") {
    for (const std::uint32_t n : {1u, 2u, 3u, 7u, 30u}) {
        const double least = 1.0 / (n + 1);
        const auto by_jump = moved(jump<>::make(n).value(), jump<>::make(n + 1).value(), n, many);
        CHECK(by_jump.astray == 0);
        CHECK(is_share(by_jump.moved, least));
        const auto by_draw =
            moved(rendezvous<>::make(n).value(), rendezvous<>::make(n + 1).value(), n, many);
        CHECK(by_draw.astray == 0);
        CHECK(is_share(by_draw.moved, least));
        const auto by_ring =
            moved(hash_ring::make(n).value(), hash_ring::make(n + 1).value(), n, many);
        CHECK(by_ring.astray == 0);
        CHECK(static_cast<double>(by_ring.moved) < 1.5 * least * static_cast<double>(many));
        // The same by modulo moves nearly all.
        const auto by_modulo =
            moved(modulo<>::make(n).value(), modulo<>::make(n + 1).value(), n, many);
        CHECK(is_share(by_modulo.moved, 1 - least));
    }
}

TEST_CASE("rendezvous retires any slice and strengthens any, and nothing else moves") {
    const auto before = rendezvous<>::make(weights{2, 2, 2, 2}).value();
    const auto retired = moved(before, rendezvous<>::make(weights{2, 0, 2, 2}).value(), 1, many);
    CHECK(retired.astray == 0);
    CHECK(is_share(retired.moved, 0.25));
    const auto stronger = moved(before, rendezvous<>::make(weights{2, 2, 3, 2}).value(), 2, many);
    CHECK(stronger.astray == 0);
    CHECK(is_share(stronger.moved, 3.0 / 9 - 2.0 / 8));
}

TEST_CASE(
    "slices known at compile time and at run time are the same for jump, rendezvous, modulo") {
    CHECK(rc::check([] {
        const hash_value d{*rc::gen::arbitrary<std::uint64_t>(), 0, 0};
        RC_ASSERT(jump<11>{}.slice_of(d) == jump<>::make(11)->slice_of(d));
        RC_ASSERT(modulo<11>{}.slice_of(d) == modulo<>::make(11)->slice_of(d));
        RC_ASSERT(rendezvous<11>{}.slice_of(d) == rendezvous<>::make(11)->slice_of(d));
    }));
}

TEST_CASE("the leading 64 bits alone determine the slice for jump, rendezvous, ring and modulo") {
    const auto ring = hash_ring::make(7).value();
    CHECK(rc::check([&] {
        const auto high = *rc::gen::arbitrary<std::uint64_t>();
        const hash_value a{high, *rc::gen::arbitrary<std::uint64_t>(), 1};
        const hash_value b{high, *rc::gen::arbitrary<std::uint64_t>(), 2};
        RC_ASSERT(jump<7>{}.slice_of(a) == jump<7>{}.slice_of(b));
        RC_ASSERT(modulo<7>{}.slice_of(a) == modulo<7>{}.slice_of(b));
        RC_ASSERT(rendezvous<7>{}.slice_of(a) == rendezvous<7>{}.slice_of(b));
        RC_ASSERT(ring.slice_of(a) == ring.slice_of(b));
    }));
}

TEST_CASE("jump, rendezvous, ring and modulo reject invalid counts and weights") {
    CHECK_FALSE(jump<>::make(0));
    CHECK_FALSE(modulo<>::make(most_slices + 1));
    CHECK(rendezvous<>::make(65537).error().what == "expected 1 to 65536 slices, found 65537");
    CHECK(rendezvous<>::make(weights{0, 0}).error().what ==
          "expected weights with a sum of 1 to 65536, found a sum of 0");
    CHECK(hash_ring::make(weights{65536, 1}).error().what ==
          "expected weights with a sum of 1 to 65536, found a sum of 65537");
    CHECK_FALSE(hash_ring::make(0));
}
