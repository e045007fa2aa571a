// What does it cost to parse an entry's name and to write one, compared with the standard library?
//
// entry/parse parses time and hash, entry/parse_time the time alone (for a runner that has the
// whole queue); entry/from_chars parses the time with std::from_chars and ignores the hash;
// entry/format writes a name, entry/printf does so with snprintf (and a time of at most six
// decimals).
#include "support/queue_fixture.hpp"

#include <qslice/core/entry_name.hpp>

#include <benchmark/benchmark.h>

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::bench;

const std::vector<std::string>& some_names() {
    static const auto names = entry_names(4096);
    return names;
}

template <class Work>
void each_name(benchmark::State& state, Work&& work) {
    const auto& names = some_names();
    for (auto _ : state) {
        for (const std::string& name : names) work(name);
    }
    state.counters["per_name"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * static_cast<double>(names.size()),
        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void parse(benchmark::State& state) {
    entry_name name;
    each_name(state, [&](const std::string& text) {
        benchmark::DoNotOptimize(try_parse_entry_name(text, name));
        benchmark::DoNotOptimize(name);
    });
}

void parse_time(benchmark::State& state) {
    timestamp time;
    each_name(state, [&](const std::string& text) {
        benchmark::DoNotOptimize(try_parse_entry_time(text, time));
        benchmark::DoNotOptimize(time);
    });
}

void from_chars(benchmark::State& state) {
    double seconds = 0;
    each_name(state, [&](const std::string& text) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
        benchmark::DoNotOptimize(read.ptr);
        benchmark::DoNotOptimize(seconds);
    });
}

/// Calls work(name) for each name, which was parsed before.
template <class Work>
void each_entry(benchmark::State& state, Work&& work) {
    std::vector<entry_name> entries;
    for (const std::string& text : some_names()) entries.push_back(*parse_entry_name(text));
    std::size_t next = 0;
    each_name(state, [&](const std::string&) { work(entries[next++ % entries.size()]); });
}

void format(benchmark::State& state) {
    each_entry(state, [](const entry_name& name) { benchmark::DoNotOptimize(to_base_name(name)); });
}

void by_printf(benchmark::State& state) {
    char text[128];
    each_entry(state, [&](const entry_name& name) {
        const hash_value& h = name.hash;
        std::snprintf(text, sizeof text, "%.6f+%016llx%016llx%08x", name.time.seconds,
                      static_cast<unsigned long long>(h.high()),
                      static_cast<unsigned long long>(h.middle()), h.low());
        benchmark::DoNotOptimize(text);
    });
}

BENCHMARK(parse)->Name("entry/parse");
BENCHMARK(parse_time)->Name("entry/parse_time");
BENCHMARK(from_chars)->Name("entry/from_chars");
BENCHMARK(format)->Name("entry/format");
BENCHMARK(by_printf)->Name("entry/printf");

}  // namespace

BENCHMARK_MAIN();
