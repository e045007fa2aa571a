#include "sim/text/nearest_name.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice::sim;

TEST_CASE("the edit distance counts insertions, removals, replacements and swaps") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("runner", "runners") == 1);
    CHECK(edit_distance("sede", "seed") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("sitting", "kitten") == 3);
}

TEST_CASE("the nearest name is the one that was probably meant") {
    const std::vector<std::string> keys{"name", "runners", "clock", "slowness", "accepts_posts"};
    CHECK(nearest_name("runner", keys) == "runners");
    CHECK(nearest_name("clcok", keys) == "clock");
    CHECK(nearest_name("accepts", keys) == "accepts_posts");
    CHECK(did_you_mean("nmae", keys) == "; did you mean 'name'?");
}

TEST_CASE("no guess is made for a name that is near to nothing") {
    const std::vector<std::string> keys{"name", "runners"};
    CHECK(nearest_name("partition", keys).empty());
    CHECK(nearest_name("x", keys).empty());
    CHECK(did_you_mean("partition", keys).empty());
}
