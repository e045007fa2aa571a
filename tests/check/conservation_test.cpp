#include "sim/check/check_run.hpp"

#include <catch2/catch.hpp>

using namespace qslice::sim;

TEST_CASE("a run without posts conserves them all") {
    const run_results results = check_run({});
    CHECK(results.conservation.balanced());
    CHECK(results.conservation.accepted == 0);
}
