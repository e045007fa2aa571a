#include "sim/site/id_marks.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <random>

using namespace qslice::sim::diagnosis;

TEST_CASE("marks of a hundred thousand ids are kept apart and added up", "[unsanitized]") {
    id_marks marks;
    std::map<std::uint64_t, id_marks::mark> expected;
    std::mt19937_64 random(7);
    int differing = 0;  // Catch takes a minute for as many checks under a sanitizer
    CHECK(marks.of(random()) == 0);
    for (int i = 0; i < 200'000; ++i) {
        // Some next to each other, some all over, each often twice.
        const std::uint64_t hash = (i % 3 == 0 ? random() % 30'000 : random() % 100'000 << 44) << 4;
        const auto mark = static_cast<id_marks::mark>(1U << random() % 4);
        const std::uint64_t key = hash == 0 ? 16 : hash;
        differing += marks.add(hash, mark) == expected[key] ? 0 : 1;
        expected[key] = static_cast<id_marks::mark>(expected[key] | mark);
    }
    CHECK(expected.size() > 80'000);
    for (const auto& [hash, mark] : expected) differing += marks.of(hash) == mark ? 0 : 1;
    CHECK(differing == 0);
    CHECK(marks.of(std::uint64_t{3} << 4 | std::uint64_t{1} << 41) == 0);
}
