// What does a simulated storage call cost in real time?
//
// enqueue/... makes the calls of an enqueue (open, write, sync, close, rename, sync of the
// directory) and removes the oldest entry, in a directory of the given number of entries: a
// runner's work on a queue of that length. /synced syncs the directory each time; /unsynced never
// does, with 1,000 entries per second of virtual time, so that 30 s of them are not yet on the
// disk. list/... visits each name.
#include "sim/world/file_system.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::sim;

std::string name_of(std::int64_t i) {
    char name[96];
    std::snprintf(name, sizeof name, "qfiles/in/%.6f+%040llx.pck",
                  1400972196.0 + static_cast<double>(i) * 1e-6,
                  static_cast<unsigned long long>(i) * 0x9e3779b97f4a7c15ULL);
    return name;
}

struct queue {
    explicit queue(std::int64_t entries, crash_rules rules) : disk(with(rules)) {
        (void)disk.make_directory(setup, "qfiles/in", directory_permissions);
        for (; last < entries; ++last) enqueue(setup, name_of(last), false);
        by.machine = disk.attach();
    }

    static file_system_settings with(crash_rules rules) {
        file_system_settings s;
        s.rules = rules;
        return s;
    }

    void enqueue(caller& c, const std::string& path, bool sync_directory) {
        const std::string partial = path + ".tmp";
        auto f = disk.open(c, partial, open_mode::truncate, entry_permissions);
        (void)disk.write(c, *f, bytes);
        (void)disk.sync(c, *f);
        (void)disk.close(c, *f);
        (void)disk.rename(c, partial, path);
        if (sync_directory) (void)disk.sync_directory(c, directory);
    }

    file_system disk;
    caller setup;
    caller by;
    std::int64_t last = 0;
    std::string bytes = std::string(4096, 'm');
    std::string directory = "qfiles/in";
};

void enqueue(benchmark::State& state, bool sync_directory, crash_rules rules) {
    const std::int64_t entries = state.range(0);
    queue q(entries, rules);
    constexpr std::size_t batch = 1000;
    std::vector<std::string> added(batch);
    std::vector<std::string> removed(batch);
    while (state.KeepRunningBatch(batch)) {
        state.PauseTiming();
        for (std::size_t i = 0; i < batch; ++i, ++q.last) {
            added[i] = name_of(q.last);
            removed[i] = name_of(q.last - entries);
        }
        state.ResumeTiming();
        for (std::size_t i = 0; i < batch; ++i) {
            q.by.now += std::chrono::milliseconds(1);
            q.enqueue(q.by, added[i], sync_directory);
            (void)q.disk.remove(q.by, removed[i]);
        }
    }
}
BENCHMARK_CAPTURE(enqueue, synced, true, crash_rules::unordered)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(enqueue, unsynced, false, crash_rules::unordered)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(enqueue, journaled, true, crash_rules::journaled)->Arg(1000)->Arg(100'000);

void list(benchmark::State& state) {
    queue q(state.range(0), crash_rules::unordered);
    for (auto _ : state) {
        std::size_t bytes = 0;
        (void)q.disk.list(q.by, q.directory, [&](std::string_view name) { bytes += name.size(); });
        benchmark::DoNotOptimize(bytes);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(list)->Arg(1000)->Arg(100'000);

}  // namespace

BENCHMARK_MAIN();
