#include "sim/engine/random_stream.hpp"
#include "sim/engine/choices.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <vector>

using namespace qslice::sim;

static_assert(std::uniform_random_bit_generator<random_stream>);

TEST_CASE("the same seed, purpose and index give the same numbers, others different ones") {
    const auto first = [](random_stream s) { return s(); };
    CHECK(first(random_stream(1, "arrivals")) == first(random_stream(1, "arrivals", 0)));
    std::set<std::uint64_t> different;
    for (const std::uint64_t seed : {1U, 2U}) {
        for (const char* purpose : {"arrivals", "service", ""}) {
            for (std::uint64_t index = 0; index < 10; ++index) {
                different.insert(first(random_stream(seed, purpose, index)));
            }
        }
    }
    CHECK(different.size() == 2 * 3 * 10);
}

TEST_CASE("the numbers are Philox's own: the published answer for counter and key zero") {
    const r123::Philox4x64::ctr_type out = r123::Philox4x64{}({{0, 0, 0, 0}}, {{0, 0}});
    CHECK(out.v[0] == 0x16554d9eca36314c);
    CHECK(out.v[1] == 0xdb20fe9d672d0fdc);
    CHECK(out.v[2] == 0xd7e772cee186176b);
    CHECK(out.v[3] == 0x7e68b68aec7ba23b);
}

TEST_CASE("numbers below n are less than n and all equally frequent") {
    random_stream s(7, "test");
    for (const std::uint64_t n : {1u, 2u, 3u, 10u}) {
        std::vector<int> seen(n);
        for (int i = 0; i < 20000; ++i) ++seen[s.below(n)];
        for (const int count : seen)
            CHECK(count == Approx(20000.0 / static_cast<double>(n)).epsilon(0.1));
    }
    CHECK(s.below(std::uint64_t{1} << 63) < std::uint64_t{1} << 63);
}

TEST_CASE("uniform numbers are in [0, 1) with the mean and variance they should have") {
    random_stream s(7, "uniform");
    double sum = 0;
    double squares = 0;
    constexpr int n = 100000;
    for (int i = 0; i < n; ++i) {
        const double x = s.uniform();
        REQUIRE((x >= 0 && x < 1));
        sum += x;
        squares += x * x;
    }
    CHECK(sum / n == Approx(0.5).margin(0.005));
    CHECK(squares / n == Approx(1.0 / 3).margin(0.005));
}

TEST_CASE("a stream feeds Boost's distributions") {
    random_stream s(7, "exponential");
    boost::random::exponential_distribution<double> exponential(2.0);
    double sum = 0;
    for (int i = 0; i < 100000; ++i) sum += exponential(s);
    CHECK(sum / 100000 == Approx(0.5).margin(0.01));
}

TEST_CASE("exhaustive choices walk every path once, however the questions depend on the answers") {
    exhaustive_choices all;
    std::vector<std::vector<std::size_t>> paths;
    do {
        std::vector<std::size_t> path{all.choose(3)};
        if (path[0] == 1) path.push_back(all.choose(2));
        path.push_back(all.choose(1));
        paths.push_back(path);
    } while (all.next());
    CHECK(paths == std::vector<std::vector<std::size_t>>{{0, 0}, {1, 0, 0}, {1, 1, 0}, {2, 0}});
}
