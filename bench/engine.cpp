// How many events per second does the engine process, compared with other simulators?
//
// mm1: one server at 0.9 of its capacity, exponential times, the mean time in the system, on the
// engine and on each scheduler of ns-3. own_draws: each side draws in its own way, ns-3 with its
// ExponentialRandomVariable and the engine's side as the simulated site does, so that complete
// programs for the same statistics are compared. same_draws: both get the same numbers from the
// same generator, so that only the events are compared. processes/N: N sleeping processes, each on
// its own stack, compared with SimGrid's actors. `ratio` is the peer's processor time over ours, in
// turns within one run, so that neither the load of the machine nor its clock frequency matters;
// larger is better.
#include "sim/engine/engine.hpp"
#include "sim/engine/random_stream.hpp"
#ifdef QSLICE_SIMGRID_PEER
#include "support/child_output.hpp"
#endif
#include "support/turns.hpp"

#include <benchmark/benchmark.h>

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>

#ifdef QSLICE_HAVE_NS3
#include <ns3/calendar-scheduler.h>
#include <ns3/double.h>
#include <ns3/heap-scheduler.h>
#include <ns3/map-scheduler.h>
#include <ns3/object-factory.h>
#include <ns3/priority-queue-scheduler.h>
#include <ns3/random-variable-stream.h>
#include <ns3/simulator.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::sim;

using bench::cpu_seconds_of;
using bench::turn_times;

// M/M/1 -------------------------------------------------------------------------------------

constexpr double arrival_rate = 0.9;
constexpr double service_rate = 1.0;

// Exponential times from the same generator on both sides.
class same_draws {
public:
    double arrival_s() { return unit_(random_) / arrival_rate; }
    double service_s() { return unit_(random_) / service_rate; }

private:
    boost::random::mt19937_64 random_{1};
    boost::random::exponential_distribution<double> unit_{1.0};
};

// Draws like the simulated site: one stream per purpose.
class own_draws {
public:
    double arrival_s() { return between_arrivals_(arrivals_); }
    double service_s() { return service_(services_); }

private:
    random_stream arrivals_{1, "arrivals"};
    random_stream services_{1, "services"};
    boost::random::exponential_distribution<double> between_arrivals_{arrival_rate};
    boost::random::exponential_distribution<double> service_{service_rate};
};

// The model, on a simulator that has schedule(nanoseconds, model, member) and now().
template <class Simulator, class Draws>
class mm1 {
public:
    mm1(Simulator& s, std::uint64_t customers) : simulator_(s), left_(customers) {}

    void start() { simulator_.schedule(in_ns(draws_.arrival_s()), this, &mm1::arrive); }

    void arrive() {
        waiting_.push_back(simulator_.now());
        if (waiting_.size() == 1) begin_service();
        if (--left_ > 0) start();
    }

    void leave() {
        total_ += static_cast<double>(simulator_.now() - waiting_.front());
        ++served_;
        waiting_.pop_front();
        if (!waiting_.empty()) begin_service();
    }

    [[nodiscard]] double mean_time_s() const {
        return total_ * 1e-9 / static_cast<double>(served_);
    }

private:
    void begin_service() { simulator_.schedule(in_ns(draws_.service_s()), this, &mm1::leave); }
    static std::int64_t in_ns(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

    Simulator& simulator_;
    std::uint64_t left_;
    std::uint64_t served_ = 0;
    double total_ = 0;
    std::deque<std::int64_t> waiting_;
    Draws draws_;
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

template <class Draws>
double run_own_mm1() {
    own_simulator s;
    mm1<own_simulator, Draws> model(s, customers);
    model.start();
    s.e.run();
    return model.mean_time_s();
}

template <class Draws>
void own_mm1(benchmark::State& state) {
    double mean = 0;
    for (auto _ : state) mean = run_own_mm1<Draws>();
    state.counters["mean_time_s"] = mean;
    state.counters["events/s"] = benchmark::Counter(
        static_cast<double>(2 * customers) * static_cast<double>(state.iterations()),
        benchmark::Counter::kIsRate);
}
BENCHMARK(own_mm1<own_draws>)->Name("mm1/own_draws/engine")->Unit(benchmark::kMillisecond);
BENCHMARK(own_mm1<same_draws>)->Name("mm1/same_draws/engine")->Unit(benchmark::kMillisecond);

#ifdef QSLICE_HAVE_NS3
struct ns3_simulator {
    template <class Model>
    void schedule(std::int64_t in, Model* model, void (Model::*member)()) {
        ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(in)), member, model);
    }
    [[nodiscard]] std::int64_t now() const { return ns3::Simulator::Now().GetNanoSeconds(); }
};

class ns3_draws {
public:
    double arrival_s() { return arrivals_->GetValue(); }
    double service_s() { return services_->GetValue(); }

private:
    static ns3::Ptr<ns3::ExponentialRandomVariable> of_rate(double rate) {
        auto variable = ns3::CreateObject<ns3::ExponentialRandomVariable>();
        variable->SetAttribute("Mean", ns3::DoubleValue(1 / rate));
        return variable;
    }

    ns3::Ptr<ns3::ExponentialRandomVariable> arrivals_ = of_rate(arrival_rate);
    ns3::Ptr<ns3::ExponentialRandomVariable> services_ = of_rate(service_rate);
};

template <class Scheduler, class Draws>
double run_ns3_mm1() {
    ns3::ObjectFactory factory;
    factory.SetTypeId(Scheduler::GetTypeId());
    ns3::Simulator::SetScheduler(factory);
    ns3_simulator s;
    mm1<ns3_simulator, Draws> model(s, customers);
    model.start();
    ns3::Simulator::Run();
    ns3::Simulator::Destroy();
    return model.mean_time_s();
}

// Whether both gave the statistics of this queue: with the same draws the same value, otherwise one
// near the theory's 10 s, from which 200,000 customers deviate by a tenth.
bool agree(double own_mean_s, double peer_mean_s, bool same) {
    if (same) return own_mean_s == peer_mean_s;
    constexpr double expected_s = 1 / (service_rate - arrival_rate);
    const auto near = [](double mean_s) { return std::abs(mean_s / expected_s - 1) < 0.4; };
    return near(own_mean_s) && near(peer_mean_s);
}

template <class Scheduler, class Draws, class PeerDraws>
void ns3_mm1(benchmark::State& state) {
    turn_times own;
    turn_times peer;
    for (auto _ : state) {
        double own_mean = 0;
        double peer_mean = 0;
        own.add(cpu_seconds_of([&] { own_mean = run_own_mm1<Draws>(); }));
        const double peer_s =
            cpu_seconds_of([&] { peer_mean = run_ns3_mm1<Scheduler, PeerDraws>(); });
        peer.add(peer_s);
        state.SetIterationTime(peer_s);
        if (!agree(own_mean, peer_mean, std::is_same_v<Draws, PeerDraws>)) {
            state.SkipWithError("the results of the two models differ");
        }
    }
    state.counters["ns3_events/s"] = 2.0 * customers / peer.median();
    state.counters["events/s"] = 2.0 * customers / own.median();
    state.counters["ratio"] = peer.ratio_to(own);
}
#define QSLICE_NS3_BENCHMARK(scheduler, name)                  \
    BENCHMARK(ns3_mm1<ns3::scheduler, own_draws, ns3_draws>)   \
        ->Name("mm1/own_draws/ns3/" name)                      \
        ->Unit(benchmark::kMillisecond)                        \
        ->UseManualTime()                                      \
        ->Iterations(9);                                       \
    BENCHMARK(ns3_mm1<ns3::scheduler, same_draws, same_draws>) \
        ->Name("mm1/same_draws/ns3/" name)                     \
        ->Unit(benchmark::kMillisecond)                        \
        ->UseManualTime()                                      \
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
    const auto output = bench::child_output(
        {QSLICE_SIMGRID_PEER, std::to_string(actors), std::to_string(sleeps), "16"});
    double nanoseconds = 0;
    if (!output || std::sscanf(output->c_str(), "%lf", &nanoseconds) != 1) {
        throw std::runtime_error("no figure from " QSLICE_SIMGRID_PEER);
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
