#include "sim/world/machine.hpp"

#include "sim/world/sim_world.hpp"

#include <algorithm>
#include <cstdint>

namespace qslice::sim {

duration detail::process_state::call_duration(call_kind kind, std::size_t bytes) {
    const latency_model& latency = on->latency();
    double factor = on->slowness();
    if (latency.spread > 0) factor *= 1 + latency.spread * latencies.uniform();
    double nanoseconds = static_cast<double>(latency[kind].count());
    nanoseconds +=
        static_cast<double>(latency.per_kibibyte.count()) * (static_cast<double>(bytes) / 1024);
    return duration(static_cast<std::int64_t>(nanoseconds * factor + 0.5));
}

machine::machine(engine& e, storage& files, machine_settings settings)
    : engine_(e),
      files_(files),
      settings_(std::move(settings)),
      clock_(settings_.clock, e.now()),
      crash_choices_(random_stream(settings_.seed, "crash of " + settings_.name)),
      number_(files.attach()) {}

machine::~machine() {
    for (const process_id id : processes()) engine_.kill(id);
}

std::shared_ptr<detail::process_state> machine::new_state(std::string process_name) {
    random_stream latencies(settings_.seed, settings_.name + '/' + process_name);
    return std::make_shared<detail::process_state>(detail::process_state{
        this, std::move(process_name), engine_.current(), std::move(latencies)});
}

process_id machine::remember(const std::shared_ptr<detail::process_state>& state, process_id id) {
    state->id = id;
    std::erase_if(processes_, [](const auto& p) { return p.expired(); });
    processes_.push_back(state);
    return id;
}

sim_world machine::outside(std::string process_name) {
    return sim_world(new_state(std::move(process_name)));
}

std::vector<process_id> machine::processes() const {
    std::vector<process_id> running;
    for (const auto& p : processes_) {
        const auto state = p.lock();
        if (state && engine_.alive(state->id)) running.push_back(state->id);
    }
    return running;
}

void machine::request_stop(process_id id) {
    for (const auto& p : processes_) {
        const auto state = p.lock();
        if (!state || state->id != id) continue;
        state->stop = true;
        if (state->sleeping) engine_.wake(id);
    }
}

void machine::request_stop() {
    for (const process_id id : processes()) request_stop(id);
}

void machine::pause(process_id id, virtual_time until) {
    interrupt_idle();
    for (const auto& p : processes_) {
        const auto state = p.lock();
        if (state && state->id == id) state->paused_until = std::max(state->paused_until, until);
    }
}

double machine::steady_s() const {
    duration shown = add(engine_.now(), steady_offset_).time_since_epoch();
    if (settings_.grain > duration::zero()) shown -= shown % settings_.grain;
    return to_seconds(shown);
}

void machine::resume(process_id id) {
    for (const auto& p : processes_) {
        const auto state = p.lock();
        if (!state || state->id != id) continue;
        state->paused_until = virtual_time::min();
        if (state->stands) engine_.wake(id);
    }
}

void machine::interrupt_idle() {
    for (idle_look& look : idle_) look.interrupt();
}

caller machine::calling(bool from_process) const {
    const virtual_time now = engine_.now();
    return {from_process ? number_ : 0, now, clock_.show(now).seconds, duration::zero()};
}

void machine::crash(choice_source& choices) {
    if (!up_) return;
    up_ = false;
    const process_id self = engine_.current();
    bool ends_itself = false;
    for (const process_id id : processes()) {
        if (id == self) {
            ends_itself = true;
        } else {
            engine_.kill(id);
        }
    }
    files_.machine_crashed(number_, engine_.now(), choices);
    if (ends_itself) engine_.kill(self);
}

}  // namespace qslice::sim
