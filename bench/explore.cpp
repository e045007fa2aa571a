// How many simulated crashes per second? Runs of the built-in scenario crash-storm, in which single
// machines or all of them lose power at storage calls, each with the check that nothing was lost.

#include "sim/explore/explore.hpp"
#include "sim/explore/exhaustive.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>

namespace {

using namespace qslice::sim;

scenario built_in(std::string_view name) {
    const builtin_scenario* known = find_builtin_scenario(name);
    return *parse_scenario(known->text, known->name);
}

void random_crashes(benchmark::State& state) {
    const scenario base = built_in("crash-storm");
    search_settings how;
    how.goal.guarantee = "conservation";
    how.bounds.vary = {};
    how.bounds.most_posts = 3;
    how.seeds = 200;
    std::uint64_t crashes = 0;
    std::uint64_t runs = 0;
    for (auto _ : state) {
        const auto done = explore(base, how);
        if (!done || done->found) {
            state.SkipWithError("a post was lost");
            return;
        }
        crashes += done->crashes;
        runs += done->runs;
        how.first_seed += how.seeds;
    }
    using benchmark::Counter;
    state.counters["crashes/s"] = Counter(static_cast<double>(crashes), Counter::kIsRate);
    state.counters["runs/s"] = Counter(static_cast<double>(runs), Counter::kIsRate);
}
BENCHMARK(random_crashes)->Name("explore/crash-storm/200_seeds")->Unit(benchmark::kMillisecond);

void every_crash(benchmark::State& state) {
    const scenario base = built_in("two-machines");
    walk_settings how;
    how.delays = 0;
    std::uint64_t runs = 0;
    for (auto _ : state) {
        const auto done = walk_all(base, how);
        if (!done || done->found || !done->complete) {
            state.SkipWithError("a guarantee was broken");
            return;
        }
        runs += done->runs;
    }
    using benchmark::Counter;
    state.counters["runs/s"] = Counter(static_cast<double>(runs), Counter::kIsRate);
}
BENCHMARK(every_crash)->Name("explore/exhaustive/two-machines")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
