#include "sim/world/machine_clock.hpp"

#include <catch2/catch.hpp>

using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

constexpr virtual_time noon = to_virtual_time(1000);

double shown_after(const machine_clock& c, duration d) { return c.show(noon + d).seconds; }

}  // namespace

TEST_CASE("a correct clock shows the true time") {
    const machine_clock c({}, noon);
    CHECK(shown_after(c, 0s) == 1000);
    CHECK(shown_after(c, 1500ms) == 1001.5);
    CHECK(c.true_length(3s) == 3s);
}

TEST_CASE("a clock may be ahead or behind") {
    CHECK(shown_after(machine_clock({.offset = 2s}, noon), 1s) == 1003);
    CHECK(shown_after(machine_clock({.offset = -250ms}, noon), 1s) == 1000.75);
}

TEST_CASE("a clock that drifts gains in proportion to the time since it was set") {
    machine_clock fast({.drift = 0.01}, noon);
    CHECK(shown_after(fast, 0s) == 1000);
    CHECK(shown_after(fast, 100s) == 1101);
    // A second by this clock takes less than a true second.
    CHECK(fast.true_length(101s) == 100s);

    fast.set_drift(0, noon + 100s);
    CHECK(shown_after(fast, 200s) == 1201);
    fast.set_drift(-0.5, noon + 200s);
    CHECK(shown_after(fast, 202s) == 1202);
}

TEST_CASE("a step moves a clock at once, forward or back, and leaves its drift") {
    machine_clock c({.drift = 0.1}, noon);
    c.step(5s);
    CHECK(shown_after(c, 10s) == 1016);
    c.step(-10s);
    CHECK(shown_after(c, 10s) == 1006);
    CHECK(shown_after(c, 20s) == 1017);
}

TEST_CASE("a coarse clock shows the last multiple of its resolution, before the epoch too") {
    const machine_clock whole_seconds({.resolution = 1s}, noon);
    CHECK(shown_after(whole_seconds, 999ms) == 1000);
    CHECK(shown_after(whole_seconds, 1000ms) == 1001);
    CHECK(whole_seconds.show(virtual_time(-1ns)).seconds == -1);
    CHECK(whole_seconds.show(virtual_time(-1s)).seconds == -1);
}
