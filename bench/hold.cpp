// How long does it take to order N pending events? The hold model: each event schedules another
// one, so that N stay pending.
//
// set/PEER/N: the engine's set of pending events compared with one from Boost or the standard
// library with the same keys; only the ordering is measured.
// engine/PEER/N: complete events of the engine, including their closures, compared with the same
// loop around a peer whose events have no closure to call, only an object. `ratio` is the peer's
// processor time over ours, in turns within one run; larger is better.
#include "sim/engine/engine.hpp"
#include "sim/engine/pending_events.hpp"
#include "support/turns.hpp"

#include <benchmark/benchmark.h>

#include <boost/heap/d_ary_heap.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::sim;

using bench::cpu_seconds_of;
using bench::turn_times;

constexpr std::uint64_t events = 1 << 18;

// Times are drawn beforehand, so that only the set of pending events is measured.
class drawn_times {
public:
    drawn_times() {
        boost::random::mt19937_64 random(1);
        boost::random::exponential_distribution<double> unit(1.0);
        for (std::int64_t& t : times_) t = 1 + static_cast<std::int64_t>(unit(random) * 1e9);
    }
    std::int64_t next() noexcept { return times_[at_++ % times_.size()]; }

private:
    std::vector<std::int64_t> times_ = std::vector<std::int64_t>(1 << 16);
    std::size_t at_ = 0;
};

struct object {
    std::uint64_t happened = 0;
};

struct key_with_object {
    event_key key;
    object* whom;
};

template <class Event>
struct later {
    static const event_key& key_of(const event_key& e) { return e; }
    static const event_key& key_of(const key_with_object& e) { return e.key; }
    bool operator()(const Event& a, const Event& b) const { return key_of(b) < key_of(a); }
};

template <class Event>
using boost_heap =
    boost::heap::d_ary_heap<Event, boost::heap::arity<4>, boost::heap::compare<later<Event>>>;
template <class Event>
using std_queue = std::priority_queue<Event, std::vector<Event>, later<Event>>;

// The model on a bare set of keys.
template <class Set>
class set_hold {
public:
    explicit set_hold(std::int64_t pending) {
        for (std::int64_t i = 0; i < pending; ++i) set_.push({times_.next(), ++order_});
    }
    void run() {
        for (std::uint64_t left = events; left > 0; --left) {
            const event_key next = set_.top();
            set_.pop();
            set_.push({next.time_ns + times_.next(), ++order_});
        }
    }

private:
    Set set_;
    drawn_times times_;
    std::uint64_t order_ = 0;
};

// The model as a loop around a set.
template <class Set>
class loop_hold {
public:
    explicit loop_hold(std::int64_t pending) : objects_(static_cast<std::size_t>(pending)) {
        for (object& o : objects_) set_.push({{times_.next(), ++order_}, &o});
    }
    void run() {
        for (std::uint64_t left = events; left > 0; --left) {
            const key_with_object next = set_.top();
            set_.pop();
            ++next.whom->happened;
            set_.push({{next.key.time_ns + times_.next(), ++order_}, next.whom});
        }
    }

private:
    Set set_;
    std::vector<object> objects_;
    drawn_times times_;
    std::uint64_t order_ = 0;
};

// The model on the engine.
class engine_hold {
public:
    explicit engine_hold(std::int64_t pending) : objects_(static_cast<std::size_t>(pending)) {
        for (object& o : objects_) schedule(o);
    }
    void run() {
        left_ = events;
        engine_.run();
    }

private:
    void schedule(object& o) {
        engine_.schedule_in(duration(times_.next()), [this, &o] {
            ++o.happened;
            if (--left_ == 0) engine_.stop();
            schedule(o);
        });
    }

    std::vector<object> objects_;
    drawn_times times_;
    std::uint64_t left_ = 0;
    engine engine_;
};

template <class Own, class Peer>
void hold(benchmark::State& state) {
    Own own(state.range(0));
    Peer peer(state.range(0));
    own.run();
    peer.run();
    turn_times own_s;
    turn_times peer_s;
    for (auto _ : state) {
        const double seconds = cpu_seconds_of([&] { own.run(); });
        own_s.add(seconds);
        peer_s.add(cpu_seconds_of([&] { peer.run(); }));
        state.SetIterationTime(seconds);
    }
    const auto per_second = [](double seconds) { return static_cast<double>(events) / seconds; };
    state.counters["events/s"] = per_second(own_s.median());
    state.counters["peer_events/s"] = per_second(peer_s.median());
    state.counters["ratio"] = peer_s.ratio_to(own_s);
}

#define QSLICE_HOLD_BENCHMARK(name, own, peer) \
    BENCHMARK(hold<own, peer>)                 \
        ->Name("hold/" name)                   \
        ->RangeMultiplier(10)                  \
        ->Range(10, 1'000'000)                 \
        ->UseManualTime()                      \
        ->Unit(benchmark::kMillisecond)        \
        ->Iterations(9)

QSLICE_HOLD_BENCHMARK("set/boost_d_ary_heap", set_hold<pending_events>,
                      set_hold<boost_heap<event_key>>);
QSLICE_HOLD_BENCHMARK("set/std_priority_queue", set_hold<pending_events>,
                      set_hold<std_queue<event_key>>);
QSLICE_HOLD_BENCHMARK("engine/boost_d_ary_heap", engine_hold,
                      loop_hold<boost_heap<key_with_object>>);
QSLICE_HOLD_BENCHMARK("engine/std_priority_queue", engine_hold,
                      loop_hold<std_queue<key_with_object>>);

}  // namespace

BENCHMARK_MAIN();
