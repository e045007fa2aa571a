#include "sim/model/quiet.hpp"

namespace qslice::sim {

void quiet::hold_until(virtual_time t) {
    hold();
    site_.simulation.schedule_at(t, [this] { release(); });
}

void quiet::stop_if_quiet() {
    if (holds_ != 0 || unaccepted_ != 0 || site_.recorder.open_entries() != 0) return;
    // A runner of one's own may have finished an item that it is about to pass on.
    if (!site_.record.end_queues.empty() && !site_.recorder.all_at_rest()) return;
    site_.simulation.stop();
}

virtual_time quiet::last_arrival() const {
    const auto& arrivals = site_.record.stream.arrivals;
    return arrivals.empty() ? site_.simulation.now() : arrivals.back().time;
}

void quiet::run() {
    site_.simulation.run_until(add(last_arrival(), to_duration(site_.setting.drain_s)));
}

}  // namespace qslice::sim
