#include "sim_model/small_site.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>

using namespace qslice::sim;
using qslice::sim::test::played;
using qslice::sim::test::small_site;
using qslice::sim::test::steady_stream;

TEST_CASE("a machine's runners start at its start time and stop cleanly at its end") {
    scenario s = small_site(2);
    s.machines[1].from_s = 10;
    s.machines[1].until_s = 30;
    const run_record run = played(s, steady_stream(60));
    std::size_t runners = 0;
    for (const process_record& p : run.processes) {
        if (p.machine != "machine2" || p.queue == none) continue;
        ++runners;
        CHECK(p.started >= add(run.started, to_duration(10)));
        CHECK(p.ended >= add(run.started, to_duration(30)));
        CHECK(p.ended < add(run.started, to_duration(60)));
        CHECK_FALSE(p.crashed);
    }
    CHECK(runners == s.machines[1].runners.size());
    // Nobody serves its slice afterwards, so its entries stay.
    CHECK(std::any_of(run.entries.begin(), run.entries.end(),
                      [](const entry_record& e) { return e.fate == entry_fate::orphaned; }));
    CHECK(std::none_of(run.entries.begin(), run.entries.end(),
                       [](const entry_record& e) { return e.fate == entry_fate::in_hand; }));
}

TEST_CASE("changing the number of slices while everything is stopped loses nothing") {
    scenario s = small_site(2);
    for (machine_choice& m : s.machines) m.until_s = 20;
    scenario later = small_site(3);
    for (machine_choice& m : later.machines) {
        m.name += "-of-3";
        m.from_s = 40;
        s.machines.push_back(m);
    }
    const run_record run = played(s, steady_stream(30));
    CHECK(std::all_of(run.entries.begin(), run.entries.end(),
                      [](const entry_record& e) { return e.fate == entry_fate::finished; }));
}
