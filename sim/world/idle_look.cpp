#include "sim/world/idle_look.hpp"

#include "sim/world/machine.hpp"

#include <algorithm>
#include <utility>

namespace qslice::sim {

bool idle_look::fits(const detail::process_state& process, duration sleep) {
    const detail::last_look& look = process.looked;
    return process.repeats_looks && look.at && sleep > duration::zero() && process.slept == sleep &&
           !process.asked && process.calls == look.call &&
           process.calls == process.calls_at_sleep + 1 &&
           look.at->names->version() == look.version && process.on->observer() != nullptr &&
           process.on->observer()->may_skip_looks(process.on->name(), process.name) &&
           process.on->files().stalled_until() <= process.on->simulation().now();
}

idle_look::idle_look(detail::process_state& process, duration sleep)
    : process_(process), sleep_(sleep), wakes_(add(process.on->simulation().now(), sleep)) {
    process_.looked.at->names->watch(*this);
    process_.on->idle().push_back(*this);
}

// A process that is killed has made the looks that ended before.
idle_look::~idle_look() { catch_up(); }

void idle_look::wait() {
    engine& e = process_.on->simulation();
    e.suspend();
    names_watcher::unlink();
    detail::idle_hook::unlink();
    catch_up();
    if (begun_) {
        // In the middle of a look, of which the call itself passes the rest.
        process_.rest_of_look = add(wakes_, *begun_) - e.now();
    } else if (process_.stop) {
        // The result of the last look may still be on its way.
        if (wakes_ - sleep_ > e.now()) e.sleep_until(wakes_ - sleep_);
    } else {
        process_.on->observer()->skipped_looks(0, -1);
        e.sleep_until(wakes_);
    }
    wakes_ = never;
}

void idle_look::catch_up() {
    const virtual_time now = process_.on->simulation().now();
    if (wakes_ > now) return;
    const duration rest = process_.looked.after + sleep_;
    std::int64_t looks = 0;
    virtual_time wakes = wakes_;
    duration look = begun_ ? *begun_ : process_.call_duration(call_kind::list, 0);
    const std::int64_t events_of_look =
        1 + (look > duration::zero()) + (process_.looked.after > duration::zero());
    if (process_.on->latency().spread == 0) {
        looks = (now - wakes) / (look + rest);
        wakes += looks * (look + rest);
    }
    while (wakes + look <= now) {
        ++looks;
        wakes += look + rest;
        begun_.reset();
        if (wakes > now) break;
        look = process_.call_duration(call_kind::list, 0);
    }
    wakes_ = wakes;
    if (wakes <= now) begun_ = look;
    if (looks == 0) return;
    process_.calls += static_cast<std::uint64_t>(looks);
    process_.on->observer()->skipped_looks(static_cast<std::uint64_t>(looks),
                                           looks * events_of_look);
}

void idle_look::interrupt() {
    catch_up();
    process_.on->simulation().wake(process_.id);
}

}  // namespace qslice::sim
