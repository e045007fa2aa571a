// What do the deployment file and leases cost while nothing happens?
//
// ownership/deployment/MEDIUM/ENTRIES measures a runner's look at its queue and its look at the
// deployment file in turns. ownership/leases/MEDIUM/ENTRIES does the same with what the owner of
// one slice of three does for its leases between two such looks, a second apart: it lists them,
// looks at the others and renews its own. The counter percent is their share of a look.
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/deployment_guard.hpp>
#include <qslice/ownership/slice_keeper.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::bench;

const queue_terms terms{"in", 3, "equal", "mailman21/sha1", "mailman"};

/// A spool with a queue in/ of three slices, and its deployment file.
struct spool_fixture {
    spool_fixture(const medium& where, std::size_t entries) : scratch(where) {
        const std::string in = scratch.make("in");
        std::mt19937_64 random(1);
        for (std::size_t i = 0; i < entries; ++i) {
            const entry_name name{{1.4e9 + static_cast<double>(i)},
                                  {random(), random(), static_cast<std::uint32_t>(random())}};
            std::ofstream(in + '/' + to_base_name(name) + ".pck") << 'x';
        }
        posix_world w;
        if (!write_deployment(w, scratch.path(), {1, {terms}}, "bench")) {
            throw std::runtime_error("no deployment file could be written");
        }
    }

    [[nodiscard]] auto open(std::uint32_t slice) const {
        return switchboard<posix_world, mailman21_spool>(
            posix_world(), {scratch.path() + "/in", "", {equal_ranges<>::make(3).value(), slice}});
    }

    scratch_directory scratch;
};

void report(benchmark::State& state, const turn_times& looks, const turn_times& own) {
    state.counters["look_ms"] = looks.median() * 1e3;
    state.counters["own_us"] = own.median() * 1e6;
    state.counters["percent"] = 100 * own.ratio_to(looks);
}

void deployment_look(benchmark::State& state, const medium& where) {
    const spool_fixture spool(where, static_cast<std::size_t>(state.range(0)));
    auto queue = spool.open(0);
    posix_world w;
    deployment_guard guard(spool.scratch.path(), terms);
    if (!guard.look(w)) throw std::runtime_error("the deployment does not fit");
    turn_times looks;
    turn_times own;
    for (auto _ : state) {
        looks.add(cpu_seconds_of([&] { benchmark::DoNotOptimize(queue.files()); }));
        own.add(cpu_seconds_of([&] { benchmark::DoNotOptimize(guard.look(w)); }));
    }
    report(state, looks, own);
}

/// Real files, and a clock that says how much time has passed.
class told_world : public posix_world {
public:
    explicit told_world(std::shared_ptr<double> now)
        : posix_world([](std::string_view, std::string_view) {}), now_(std::move(now)) {}
    [[nodiscard]] double steady_s() const { return *now_; }

private:
    std::shared_ptr<double> now_;
};

struct no_runners {
    static void start(const held_slice&) {}
    static void ask_to_stop(const held_slice&) {}
    static bool has_stopped(const held_slice&) { return true; }
};

void leases(benchmark::State& state, const medium& where) {
    const spool_fixture spool(where, static_cast<std::size_t>(state.range(0)));
    auto queue = spool.open(0);
    const auto now = std::make_shared<double>(1000.0);
    no_runners host;
    std::vector<std::unique_ptr<slice_keeper<told_world>>> keepers;
    for (std::size_t i = 0; i < 3; ++i) {
        keeper_settings settings;
        settings.spool = spool.scratch.path();
        settings.queue_directory = spool.scratch.path() + "/in";
        settings.identity = "mx" + std::to_string(i) + "/IncomingRunner";
        settings.built = terms;
        settings.times.longest_work_s = 1e9;
        settings.rank = [i](std::uint64_t slice, std::uint64_t) {
            return rank_in_turn(i, slice, 3, 0);
        };
        keepers.push_back(
            std::make_unique<slice_keeper<told_world>>(told_world(now), std::move(settings)));
        for (int polls = 0; polls < 3; ++polls) keepers.back()->poll(host);
    }
    const double look_s = lease_times{}.look_s();
    turn_times looks;
    turn_times own;
    std::array<double, 3> due{*now, *now, *now};
    for (auto _ : state) {
        looks.add(cpu_seconds_of([&] { benchmark::DoNotOptimize(queue.files()); }));
        const double until = *now + 1;
        double spent = 0;
        for (; *now < until; *now += look_s / 10) {
            for (std::size_t i = 0; i < keepers.size(); ++i) {
                if (*now < due[i]) continue;
                due[i] = *now + keepers[i]->next_poll_s();
                const double took = cpu_seconds_of([&] { keepers[i]->poll(host); });
                if (i == 0) spent += took;
            }
        }
        own.add(spent);
    }
    report(state, looks, own);
    // A renewal is not due in every second: the mean, not the median.
    state.counters["mean_percent"] = 100 * own.mean() / looks.median();
}

void declare() {
    for (const medium& where : media()) {
        for (const int entries : {1'000, 10'000}) {
            benchmark::RegisterBenchmark(("ownership/deployment/" + where.name).c_str(),
                                         [where](auto& s) { deployment_look(s, where); })
                ->Arg(entries)
                ->Iterations(201)
                ->Unit(benchmark::kMillisecond);
            benchmark::RegisterBenchmark(("ownership/leases/" + where.name).c_str(),
                                         [where](auto& s) { leases(s, where); })
                ->Arg(entries)
                ->Iterations(201)
                ->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int count, char** arguments) { return run_declared(count, arguments, declare); }
