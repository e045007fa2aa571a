// How many posts per second go through the complete scenario three-machines? Its stream is
// generated, three machines run it on the simulated disk, and the run is checked, as `qslice-sim
// run` does before it prints. items_per_second is posts per wall-clock second.
//
// run/three-machines: the scenario's own 10,000 synthetic posts, once for each of several seeds.
// run/trace: the posts of the file named by the environment variable QSLICE_BENCH_TRACE, a trace as
// described in sim/stream/trace.hpp, sped up to the scenario's posts per hour.
#include "sim/check/check_run.hpp"
#include "sim/model/simulation.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/stream/timing.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace qslice;
using namespace qslice::sim;

scenario default_setting() {
    const builtin_scenario* known = find_builtin_scenario(default_scenario);
    return *parse_scenario(known->text, known->name);
}

/// Runs and checks a stream. @returns what went wrong, if anything
std::optional<std::string> play(const scenario& setting, message_stream stream) {
    const auto record = simulate(setting, std::move(stream));
    if (!record) return record.error().to_string();
    if (!check_run(*record).requirements_met) return "the scenario's requirements are not met";
    return std::nullopt;
}

void run_three_machines(benchmark::State& state) {
    scenario setting = default_setting();
    std::uint64_t posts = 0;
    for (auto _ : state) {
        auto stream = make_stream(setting.stream, setting.seed);
        if (!stream) {
            state.SkipWithError(stream.error().to_string().c_str());
            return;
        }
        posts += stream->arrivals.size();
        if (const auto problem = play(setting, *std::move(stream))) {
            state.SkipWithError(problem->c_str());
            return;
        }
        ++setting.seed;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(posts));
}
BENCHMARK(run_three_machines)
    ->Name("run/three-machines")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(5);

/// As many posts per hour as the scenario's own stream has on average.
void bring_to_rate(message_stream& stream, const stream_choice& choice) {
    const auto gaps = static_cast<double>(stream.arrivals.size() - 1);
    const double hours =
        to_seconds(stream.arrivals.back().time - stream.arrivals.front().time) / 3600;
    retime(stream, choice.posts_per_hour * hours / gaps, choice.start_s);
}

void run_trace(benchmark::State& state) {
    const char* const path = std::getenv("QSLICE_BENCH_TRACE");
    if (path == nullptr) {
        state.SkipWithError("skipped: the environment variable QSLICE_BENCH_TRACE names no trace");
        return;
    }
    scenario setting = default_setting();
    setting.stream.what = stream_choice::kind::trace;
    setting.stream.path = path;
    setting.stream.posts = 0;
    setting.stream.speedup = 1;
    std::uint64_t posts = 0;
    for (auto _ : state) {
        auto stream = make_stream(setting.stream, setting.seed);
        if (!stream || stream->arrivals.size() < 2) {
            const auto problem =
                stream ? "expected at least two posts" : stream.error().to_string();
            state.SkipWithError(problem.c_str());
            return;
        }
        posts += stream->arrivals.size();
        bring_to_rate(*stream, setting.stream);
        if (const auto problem = play(setting, *std::move(stream))) {
            state.SkipWithError(problem->c_str());
            return;
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(posts));
}
BENCHMARK(run_trace)
    ->Name("run/trace")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
