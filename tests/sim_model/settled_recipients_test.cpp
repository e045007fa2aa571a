#include "sim/model/settled_recipients.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using qslice::sim::settled_recipients;
using names = std::vector<std::string>;

TEST_CASE(
    "recipients that a post reaches again are told from those it reaches for the first time") {
    settled_recipients settled;
    CHECK(settled.reach(3, 3, names{"anne", "bart"}) == 0);
    CHECK(settled.reach(3, 3, names{"anne", "cris"}) == 1);
    CHECK(settled.reach(3, 3, names{"anne", "bart", "cris"}) == 3);

    CHECK(settled.reach(1, 2, names{"anne", "bart"}) == 0);
    CHECK(settled.reach(1, 2, names{"bart"}) == 1);
    CHECK(settled.reach(0, 2, names{}) == 0);
}

TEST_CASE("a recipient that bounces is counted once, and not once it was reached") {
    settled_recipients settled;
    settled.bounce(0, names{"anne"});
    settled.bounce(0, names{"anne", "bart"});
    CHECK(settled.bounced(0) == 2);
    CHECK(settled.reach(0, 3, names{"bart", "cris"}) == 0);
    CHECK(settled.bounced(0) == 1);
    CHECK(settled.bounced(7) == 0);
}

TEST_CASE("a recipient that was neither reached nor noted, and that no entry is for, is missing") {
    settled_recipients settled;
    CHECK(settled.unaccounted(0, 3, names{}) == 3);
    settled.reach(0, 3, names{"anne"});
    settled.bounce(0, names{"bart"});
    CHECK(settled.unaccounted(0, 3, names{}) == 1);
    CHECK(settled.unaccounted(0, 3, names{"bart", "bart"}) == 1);
    CHECK(settled.unaccounted(0, 3, names{"cris"}) == 0);
    settled.reach(1, 2, names{"anne", "bart"});
    CHECK(settled.unaccounted(1, 2, names{}) == 0);
}
