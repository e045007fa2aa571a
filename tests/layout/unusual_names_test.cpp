#include "support/listed_world.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/switchboard.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;
using test::listed_world;

namespace {

using traits = spool_traits<mailman21_format, mailman21_policy, equal_ranges<>>;

result<snapshot> files_of(const std::vector<std::string>& listing, std::uint64_t slices,
                          slice_index slice) {
    const auto ranges = equal_ranges<>::make(slices).value();
    switchboard<listed_world, traits> queue(listed_world(listing),
                                            {"in", "bad", {ranges, slice}, {}});
    return queue.files();
}

}  // namespace

TEST_CASE(
    "a name whose hash is not hex is taken by a single slice and reported by one of several") {
    const std::vector<std::string> listing{
        "1400972196.5+not-a-digest.pck",
        "junk.pck",
        ".pck",
        "...pck",
        "1e+16+5afa477f64cb9b6e083fadbfadbacc783d5a52d8.pck",
        "1400972196.25+5afa477f64cb9b6e083fadbfadbacc783d5a52d8.pck"};
    const auto whole = files_of(listing, 1, 0);
    REQUIRE(whole);
    REQUIRE(whole->size() == 3);
    CHECK(whole->base_name(0) == "1400972196.25+5afa477f64cb9b6e083fadbfadbacc783d5a52d8");
    CHECK(whole->base_name(1) == "1400972196.5+not-a-digest");
    CHECK(whole->base_name(2) == "1e+16+5afa477f64cb9b6e083fadbfadbacc783d5a52d8");
    CHECK(whole->hash((*whole)[0]).hex() == "5afa477f64cb9b6e083fadbfadbacc783d5a52d8");
    CHECK(whole->hash((*whole)[1]) == hash_value());
    REQUIRE(whole->malformed().size() == 1);
    CHECK(whole->malformed()[0].where == "in/junk");

    const auto half = files_of(listing, 2, 0);
    REQUIRE(half);
    CHECK(half->size() == 2);
    CHECK(half->malformed().size() == 2);
}

TEST_CASE("times that are not finite have their place: nan first, infinity last") {
    const std::string hash = "+5afa477f64cb9b6e083fadbfadbacc783d5a52d8";
    const auto taken = files_of({"inf" + hash + ".pck", "1400972196.25" + hash + ".pck",
                                 "inf+6afa477f64cb9b6e083fadbfadbacc783d5a52d8.pck",
                                 "nan" + hash + ".pck", "-inf" + hash + ".pck"},
                                2, 0);
    REQUIRE(taken);
    REQUIRE(taken->size() == 5);
    CHECK(taken->base_name(0) == "nan" + hash);
    CHECK(taken->base_name(1) == "-inf" + hash);
    CHECK(taken->base_name(2) == "1400972196.25" + hash);
    CHECK(taken->base_name(3) == "inf" + hash);
    CHECK(taken->malformed().empty());
}
