#include "sim/stream/make_stream.hpp"

#include <catch2/catch.hpp>

#include <cstddef>

using namespace qslice::sim;

TEST_CASE("a stream with given times has a post at each of them") {
    stream_choice choice;
    choice.times_s = {0, 20, 20, 1020.5};
    const auto made = make_stream(choice, 1);
    REQUIRE(made);
    REQUIRE(made->arrivals.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(made->arrivals[i].time - made->arrivals[0].time == to_duration(choice.times_s[i]));
    }
}
