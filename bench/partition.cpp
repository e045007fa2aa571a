// What does it cost to find the slice of a hash, for each partition and number of slices?
//
// Names are partition/KIND/n; the hashes are random, so that branches and tables behave as in real
// use; partition/bounded draws them from known keys according to their loads. partition/none is the
// loop alone. In fixed/... the number of slices is known at compile time.
#include <qslice/partition/any_partition.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace qslice;

std::vector<hash_value> random_hashes() {
    std::mt19937_64 random(1);
    std::vector<hash_value> hashes;
    for (int i = 0; i < 32768; ++i) {
        hashes.emplace_back(random(), random(), static_cast<std::uint32_t>(random()));
    }
    return hashes;
}

template <class Find>
void look_up(benchmark::State& state, const std::vector<hash_value>& hashes, Find&& find) {
    for (auto _ : state) {
        for (const hash_value& d : hashes) benchmark::DoNotOptimize(find(d));
    }
    const auto lookups = static_cast<double>(hashes.size());
    state.counters["per_lookup"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * lookups,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class P>
void fixed(benchmark::State& state, P p) {
    look_up(state, random_hashes(), [&](const hash_value& d) { return p.slice_of(d); });
}

template <class P>
void counted(benchmark::State& state) {
    const auto p = P::make(static_cast<std::uint64_t>(state.range(0))).value();
    look_up(state, random_hashes(), [&](const hash_value& d) { return p.slice_of(d); });
}

// Weights 1, 2, ... 8 in turns.
void weighted(benchmark::State& state) {
    std::vector<std::uint32_t> weights;
    for (std::uint32_t k = 0; k < state.range(0); ++k) weights.push_back(1 + k % 8);
    const auto p = weighted_ranges<>::make(weights).value();
    look_up(state, random_hashes(), [&](const hash_value& d) { return p.slice_of(d); });
}

// Keys from a Zipf distribution, 64 per slice, looked up in proportion to their load.
void bounded(benchmark::State& state) {
    const auto slices = static_cast<std::uint64_t>(state.range(0));
    std::mt19937_64 random(2);
    std::vector<key_load> keys;
    for (std::uint64_t i = 1; i <= 64 * slices; ++i) {
        keys.push_back({random(), 1e6 / static_cast<double>(i)});
    }
    const auto p = bounded_loads::make(slices, keys).value();
    state.counters["passed_on"] = static_cast<double>(p.passed_on());
    std::vector<double> loads(slices);
    std::vector<double> cumulated;
    double sum = 0;
    for (const key_load& key : keys) {
        loads[p.slice_of({key.leading, 0, 0})] += key.load;
        cumulated.push_back(sum += key.load);
    }
    state.counters["max_by_mean"] =
        *std::max_element(loads.begin(), loads.end()) * static_cast<double>(slices) / sum;
    std::vector<hash_value> hashes;
    for (int i = 0; i < 32768; ++i) {
        const double drawn = std::ldexp(static_cast<double>(random() >> 11), -53) * sum;
        const auto at = std::upper_bound(cumulated.begin(), cumulated.end(), drawn);
        hashes.emplace_back(keys[static_cast<std::size_t>(at - cumulated.begin())].leading,
                            random(), 0);
    }
    look_up(state, hashes, [&](const hash_value& d) { return p.slice_of(d); });
}

void chosen_at_run_time(benchmark::State& state) {
    const auto p = make_partition("equal:" + std::to_string(state.range(0))).value();
    look_up(state, random_hashes(), [&](const hash_value& d) { return p.slice_of(d); });
}

void none(benchmark::State& state) {
    look_up(state, random_hashes(), [](const hash_value& d) { return d.high(); });
}

void counts(benchmark::internal::Benchmark* b) {
    for (const int n : {2, 3, 4, 16, 64, 256, 1024, 4096}) b->Arg(n);
}
void powers_of_two(benchmark::internal::Benchmark* b) {
    for (const int n : {2, 4, 16, 64, 256, 1024, 4096}) b->Arg(n);
}

BENCHMARK(none)->Name("partition/none");
BENCHMARK(counted<equal_ranges<>>)->Name("partition/equal")->Apply(counts);
BENCHMARK(counted<mailman3_ranges<>>)->Name("partition/mailman3")->Apply(powers_of_two);
BENCHMARK(weighted)->Name("partition/weighted")->Apply(counts);
BENCHMARK(counted<modulo<>>)->Name("partition/modulo")->Apply(counts);
BENCHMARK(counted<jump<>>)->Name("partition/jump")->Apply(counts);
BENCHMARK(counted<rendezvous<>>)->Name("partition/rendezvous")->Apply(counts);
BENCHMARK(counted<hash_ring>)->Name("partition/ring")->Apply(counts);
BENCHMARK(bounded)->Name("partition/bounded")->Apply(counts);
BENCHMARK(chosen_at_run_time)->Name("partition/any/equal")->Apply(counts);
BENCHMARK_CAPTURE(fixed, equal, equal_ranges<3>{})->Name("partition/fixed/equal/3");
BENCHMARK_CAPTURE(fixed, weighted, weighted_ranges<3, 2, 1>{})->Name("partition/fixed/weighted/3");
BENCHMARK_CAPTURE(fixed, modulo, modulo<3>{})->Name("partition/fixed/modulo/3");
BENCHMARK_CAPTURE(fixed, jump, jump<3>{})->Name("partition/fixed/jump/3");
BENCHMARK_CAPTURE(fixed, rendezvous, rendezvous<3>{})->Name("partition/fixed/rendezvous/3");

}  // namespace

BENCHMARK_MAIN();
