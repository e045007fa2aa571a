// How many events does the engine get through, beside other simulators?
//
// mm1: one server at 0.9 of its capacity, exponential times, the mean time in the system; the
// same model and the same random numbers on the engine and on each scheduler of ns-3.
// processes/N: N processes that sleep, each on a stack of its own, beside SimGrid's actors.
// `ratio` is the peer's processor time by ours, in turns within one run, so that neither the
// load of the machine nor the wandering of its clock decides; larger is better.
#include "sim/engine/engine.hpp"
#include "support/turns.hpp"

#include <benchmark/benchmark.h>

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>

#ifdef QSLICE_HAVE_NS3
#include <ns3/calendar-scheduler.h>
#include <ns3/heap-scheduler.h>
#include <ns3/map-scheduler.h>
#include <ns3/object-factory.h>
#include <ns3/priority-queue-scheduler.h>
#include <ns3/simulator.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::sim;

using bench::cpu_seconds_of;
using bench::turn_times;

// M/M/1 -------------------------------------------------------------------------------------

// The model, on a simulator that has schedule(nanoseconds, model, member) and now().
template <class Simulator>
class mm1 {
public:
    mm1(Simulator& s, std::uint64_t customers) : simulator_(s), left_(customers) {}

    void start() { simulator_.schedule(draw(0.9), this, &mm1::arrive); }

    void arrive() {
        waiting_.push_back(simulator_.now());
        if (waiting_.size() == 1) simulator_.schedule(draw(1.0), this, &mm1::leave);
        if (--left_ > 0) simulator_.schedule(draw(0.9), this, &mm1::arrive);
    }

    void leave() {
        total_ += static_cast<double>(simulator_.now() - waiting_.front());
        ++served_;
        waiting_.pop_front();
        if (!waiting_.empty()) simulator_.schedule(draw(1.0), this, &mm1::leave);
    }

    [[nodiscard]] double mean_time_s() const {
        return total_ * 1e-9 / static_cast<double>(served_);
    }

private:
    std::int64_t draw(double rate) {
        return static_cast<std::int64_t>(unit_(random_) * (1e9 / rate));
    }

    Simulator& simulator_;
    std::uint64_t left_;
    std::uint64_t served_ = 0;
    double total_ = 0;
    std::deque<std::int64_t> waiting_;
    boost::random::mt19937_64 random_{1};
    boost::random::exponential_distribution<double> unit_{1.0};
};

struct own_simulator {
    engine e;
    template <class Model>
    void schedule(std::int64_t in, Model* model, void (Model::*member)()) {
        e.schedule_in(duration(in), [model, member] { (model->*member)(); });
    }
    [[nodiscard]] std::int64_t now() const { return e.now().time_since_epoch().count(); }
};

constexpr std::uint64_t customers = 200'000;

double run_own_mm1() {
    own_simulator s;
    mm1 model(s, customers);
    model.start();
    s.e.run();
    return model.mean_time_s();
}

void own_mm1(benchmark::State& state) {
    double mean = 0;
    for (auto _ : state) mean = run_own_mm1();
    state.counters["mean_time_s"] = mean;
    state.counters["events/s"] = benchmark::Counter(
        static_cast<double>(2 * customers) * static_cast<double>(state.iterations()),
        benchmark::Counter::kIsRate);
}
BENCHMARK(own_mm1)->Name("mm1/engine")->Unit(benchmark::kMillisecond);

#ifdef QSLICE_HAVE_NS3
struct ns3_simulator {
    template <class Model>
    void schedule(std::int64_t in, Model* model, void (Model::*member)()) {
        ns3::Simulator::Schedule(ns3::NanoSeconds(in), member, model);
    }
    [[nodiscard]] std::int64_t now() const { return ns3::Simulator::Now().GetNanoSeconds(); }
};

template <class Scheduler>
double run_ns3_mm1() {
    ns3::ObjectFactory factory;
    factory.SetTypeId(Scheduler::GetTypeId());
    ns3::Simulator::SetScheduler(factory);
    ns3_simulator s;
    mm1 model(s, customers);
    model.start();
    ns3::Simulator::Run();
    ns3::Simulator::Destroy();
    return model.mean_time_s();
}

template <class Scheduler>
void ns3_mm1(benchmark::State& state) {
    turn_times own;
    turn_times peer;
    for (auto _ : state) {
        double own_mean = 0;
        double peer_mean = 0;
        own.add(cpu_seconds_of([&] { own_mean = run_own_mm1(); }));
        const double peer_s = cpu_seconds_of([&] { peer_mean = run_ns3_mm1<Scheduler>(); });
        peer.add(peer_s);
        state.SetIterationTime(peer_s);
        if (own_mean != peer_mean) state.SkipWithError("the two models differ in their result");
    }
    state.counters["ns3_events/s"] = 2.0 * customers / peer.median();
    state.counters["events/s"] = 2.0 * customers / own.median();
    state.counters["ratio"] = peer.ratio_to(own);
}
#define QSLICE_NS3_BENCHMARK(scheduler, name) \
    BENCHMARK(ns3_mm1<ns3::scheduler>)        \
        ->Name("mm1/ns3/" name)               \
        ->Unit(benchmark::kMillisecond)       \
        ->UseManualTime()                     \
        ->Iterations(9)
QSLICE_NS3_BENCHMARK(MapScheduler, "map");
QSLICE_NS3_BENCHMARK(HeapScheduler, "heap");
QSLICE_NS3_BENCHMARK(CalendarScheduler, "calendar");
QSLICE_NS3_BENCHMARK(PriorityQueueScheduler, "priority_queue");
#endif

// Processes ---------------------------------------------------------------------------------

constexpr std::uint64_t process_events = 1 << 20;

class sleepers {
public:
    explicit sleepers(std::int64_t count)
        : engine_({.stacks = {.size_bytes = 16 * 1024, .guard_page = false}}) {
        for (std::int64_t i = 0; i < count; ++i) {
            engine_.spawn("sleeper", [this, i] {
                std::uint64_t random = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15 + 1;
                while (true) {
                    random = random * 6364136223846793005 + 1442695040888963407;
                    engine_.sleep_for(duration(1'000'000'000 + 1000 * (random >> 44)));
                    if (--left_ == 0) engine_.stop();
                }
            });
        }
    }
    void run(std::uint64_t events) {
        left_ = events;
        engine_.run();
    }

private:
    std::uint64_t left_ = 0;
    engine engine_;
};

#ifdef QSLICE_SIMGRID_PEER
// Processor time of one of SimGrid's events.
double simgrid_event_s(std::int64_t actors) {
    const std::int64_t sleeps = std::max<std::int64_t>(20, 100'000 / actors);
    const std::string command = std::string(QSLICE_SIMGRID_PEER) + ' ' + std::to_string(actors) +
                                ' ' + std::to_string(sleeps) + " 16";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    double nanoseconds = 0;
    if (!pipe || std::fscanf(pipe.get(), "%lf", &nanoseconds) != 1) {
        throw std::runtime_error("no figure from " + command);
    }
    return nanoseconds * 1e-9;
}
#endif

void processes(benchmark::State& state) {
    sleepers own(state.range(0));
    own.run(process_events);
    turn_times own_s;
    turn_times peer_s;
    for (auto _ : state) {
        const double seconds = cpu_seconds_of([&] { own.run(process_events); });
        own_s.add(seconds / process_events);
        state.SetIterationTime(seconds);
#ifdef QSLICE_SIMGRID_PEER
        peer_s.add(simgrid_event_s(state.range(0)));
#endif
    }
    state.counters["events/s"] = 1 / own_s.median();
#ifdef QSLICE_SIMGRID_PEER
    state.counters["simgrid_events/s"] = 1 / peer_s.median();
    state.counters["ratio"] = peer_s.ratio_to(own_s);
#endif
}
BENCHMARK(processes)
    ->Name("processes/simgrid")
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10'000)
    ->UseManualTime()
    ->Iterations(7);

}  // namespace

BENCHMARK_MAIN();
