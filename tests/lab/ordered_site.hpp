/// @file
/// The site that keeps lists in order, a stream that stresses it, and what came out of order.
#pragma once

#include "sim/check/fifo.hpp"
#include "sim/check/run_index.hpp"
#include "sim_model/small_site.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace qslice::sim::test {

/// Three machines with a slice of each runner. Posts come through one server per machine, a list's
/// always by the same; machines' clocks differ, and show only whole seconds.
inline scenario ordered_site() {
    scenario s = small_site(3);
    s.policy.hash = "list_affinity";
    s.policy.order = "strict";
    s.policy.stamps = "increasing";
    s.intake = {intake_choice::kind::server, intake_choice::route::list};
    s.storage.kind = "memory";
    s.services.delivery.mean_s = 0.4;  // so that out/ has a backlog
    s.digests.period_s = 0;
    for (std::size_t m = 0; m < s.machines.size(); ++m) {
        s.machines[m].clock.offset = to_duration(1.7 * static_cast<double>(m));
        s.machines[m].clock.resolution = to_duration(1);
    }
    return s;
}

/// Posts in bursts like patch series: four lists and three senders, some at the same instant.
inline message_stream bursts(std::size_t posts, std::uint64_t seed) {
    message_stream stream;
    stream.lists = {"ants", "bees", "cats", "dogs"};
    stream.senders = {"ann@example.org", "bob@example.org", "eve@example.org"};
    random_stream random(seed, "bursts");
    double at = 1400972196;
    while (stream.arrivals.size() < posts) {
        at += 2 * random.uniform();
        const auto list = static_cast<std::uint32_t>(random.below(stream.lists.size()));
        const auto sender = static_cast<std::uint32_t>(random.below(stream.senders.size()));
        for (std::uint64_t left = 1 + random.below(5); left > 0; --left) {
            arrival a;
            a.time = to_virtual_time(at);
            a.list = list;
            a.sender = sender;
            a.size_bytes = 600;
            a.message_id = stream.arrivals.size() + 1;
            stream.arrivals.push_back(a);
            if (random.below(2) == 0) at += 0.1 * random.uniform();
        }
    }
    stream.arrivals.resize(posts);
    return stream;
}

/// Pairs of one list (sender) that came out in the wrong order at a stage ("delivery", ...).
inline std::uint64_t inversions(const run_record& run, std::string_view stage,
                                std::string_view scope) {
    for (const fifo_result& fifo : check_fifo(run_index(run))) {
        if (fifo.stage == stage && to_string(fifo.scope) == scope) return fifo.inversions;
    }
    FAIL("no such stage or scope");
    return 0;
}

/// Posts that never came out; one that killed its runner three times is set aside.
inline std::size_t undelivered(const run_record& run) {
    std::vector<int> came = times(run, run.deliveries);
    for (const entry_record& e : run.entries) {
        if (e.post != none && e.fate == entry_fate::preserved) ++came[e.post];
    }
    return static_cast<std::size_t>(std::count(came.begin(), came.end(), 0));
}

/// Of this many runs with different seeds and schedules, how many broke the order of delivery or
/// archiving.
template <class Change>
std::size_t broken_runs(scenario s, std::string_view scope, std::uint64_t runs, Change&& change) {
    std::size_t broken = 0;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        s.seed = seed;
        scenario one = s;
        change(one, seed);
        simulation_hooks hooks;
        hooks.tie_seed = seed;
        const run_record run = played(one, bursts(60, seed), hooks);
        REQUIRE(undelivered(run) == 0);
        if (inversions(run, "delivery", scope) + inversions(run, "archiving", scope) > 0) ++broken;
    }
    return broken;
}

inline std::size_t broken_runs(const scenario& s, std::string_view scope, std::uint64_t runs) {
    return broken_runs(s, scope, runs, [](scenario&, std::uint64_t) {});
}

}  // namespace qslice::sim::test
