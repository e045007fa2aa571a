#include <qslice/partition/equal_ranges.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace qslice;

namespace {

nlohmann::json vectors(const std::string& name) {
    std::ifstream file(std::string(QSLICE_TEST_DATA "/conformance/") + name);
    REQUIRE(file);
    return nlohmann::json::parse(file);
}

equal_ranges<> ranges_of(std::uint64_t count) { return equal_ranges<>::make(count).value(); }

}  // namespace

TEST_CASE("slices have the bounds that Mailman 2.1 gave them") {
    std::size_t checked = 0;
    const auto all = vectors("mailman21-bounds.json");
    for (const auto& [count, bounds] : all.items()) {
        const auto ranges = ranges_of(std::stoull(count));
        REQUIRE(bounds.size() == ranges.slice_count());
        for (slice_index k = 0; k < bounds.size(); ++k, ++checked) {
            CHECK(ranges.range_of(k).lower.hex() == bounds[k][0].get<std::string>());
            CHECK(ranges.range_of(k).upper.hex() == bounds[k][1].get<std::string>());
        }
    }
    CHECK(checked > 0);
}

TEST_CASE("hashes belong to the slices that took them in Mailman 2.1") {
    const auto all = vectors("mailman21-membership.json");
    const auto& hashes = all["digests"];
    std::size_t checked = 0;
    for (const auto& [key, members] : all.items()) {
        if (key == "digests") continue;
        for (const auto& [count, owners] : members.items()) {
            const auto ranges = ranges_of(std::stoull(count));
            for (std::size_t i = 0; i < owners.size(); ++i, ++checked) {
                const hash_value d = hash_value::parse(hashes[i].get<std::string>()).value();
                REQUIRE(owners[i].size() == 1);
                CHECK(ranges.slice_of(d) == owners[i][0].get<slice_index>());
            }
        }
    }
    CHECK(checked > 0);
}

TEST_CASE("equal ranges cover the hash space without gap or overlap for any count") {
    for (std::uint64_t count = 1; count <= 300; ++count) CHECK(covers_exactly(ranges_of(count)));
    CHECK(covers_exactly(ranges_of(4096)));
    CHECK(covers_exactly(ranges_of(65521)));
}

TEST_CASE("the ends of every slice belong to it, up to the largest count") {
    CHECK(rc::check([] {
        const auto count = *rc::gen::inRange<std::uint64_t>(1, most_slices + 1);
        const auto ranges = ranges_of(count);
        const auto k = static_cast<slice_index>(*rc::gen::inRange<std::uint64_t>(0, count));
        const auto range = ranges.range_of(k);
        RC_ASSERT(ranges.slice_of(range.lower) == k);
        RC_ASSERT(ranges.slice_of(range.upper) == k);
        RC_ASSERT(ranges.owns(k, range.upper));
    }));
}

TEST_CASE("an invalid number of slices is an error") {
    CHECK(equal_ranges<>::make(0).error().what == "expected 1 to 4294967296 slices, found 0");
    CHECK_FALSE(equal_ranges<>::make(most_slices + 1));
}
