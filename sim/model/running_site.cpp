#include "sim/model/running_site.hpp"

#include <algorithm>
#include <string>

namespace qslice::sim {

running_site::running_site(run_record& record, const site_program& program,
                           const simulation_hooks& hooks)
    : record_(record),
      hooks_(hooks),
      divisions_(record, program),
      site_(record, program, hooks.tie_seed, hooks.crash_states, hooks.standing),
      quiet_(site_),
      outage_(site_, quiet_),
      master_(site_, outage_),
      intake_(site_, quiet_, outage_),
      daily_job_(site_),
      intruder_(site_),
      faults_(site_, outage_, intruder_) {
    if (hooks.chooser) site_.simulation.set_chooser(hooks.among, hooks.chooser);
    site_.recorder.set_on_closed([this] { quiet_.stop_if_quiet(); });
    site_.recorder.set_slice_of(
        [this](std::uint32_t queue, const hash_value& d) { return divisions_.slice_of(queue, d); });
}

// Processes are destroyed before the parts that they refer to.
running_site::~running_site() { site_.machines.clear(); }

result<void> running_site::run() {
    site_.make_machines(this);
    intake_.find_gateways();
    if (auto made = site_.make_directories(); !made) return made;
    if (auto placed = site_.place_standing(); !placed) return placed;
    quiet_.posts_accepted(site_.standing_posts());
    if (hooks_.on_start) hooks_.on_start({site_.simulation, site_.disk, record_, master_.owners()});
    faults_.start();
    master_.start();
    intake_.start();
    daily_job_.start();
    // A fault may be injected after everything is done; it must not be missed.
    quiet_.hold_until(
        std::max({quiet_.last_arrival(), faults_.last_timed(), master_.last_change()}));
    quiet_.run();
    finish_record();
    return {};
}

void running_site::going_to(const world_call& call) {
    if (hooks_.observer != nullptr) hooks_.observer->going_to(call);
}

void running_site::going_to_sleep(process_id id) {
    if (hooks_.observer != nullptr) hooks_.observer->going_to_sleep(id);
}

void running_site::going_to_deliver(process_id id) {
    if (hooks_.observer != nullptr) hooks_.observer->going_to_deliver(id);
}

injected_fault running_site::after_call(const world_call& call) {
    site_.recorder.after_call(call);
    return at_call(call, true);
}

void running_site::log(const log_line& line) {
    site_.recorder.log(line);
    if (hooks_.observer != nullptr) hooks_.observer->log(line);
}

// A search may choose at each call, and a fault may strike at one.
bool running_site::may_skip_looks(std::string_view machine_name,
                                  std::string_view process_name) const {
    return !hooks_.play_every_look && hooks_.observer == nullptr && !hooks_.chooser &&
           !faults_.at_looks_of(machine_name, process_name);
}

void running_site::skipped_looks(std::uint64_t looks, std::int64_t events) {
    record_.storage_calls += looks;
    skipped_events_ += events;
}

injected_fault running_site::at_call(const world_call& call, bool after) {
    if (hooks_.observer != nullptr) {
        const injected_fault struck =
            after ? hooks_.observer->after_call(call) : hooks_.observer->before_call(call);
        if (struck.what != injected_fault::kind::nothing) {
            return faults_.strike_for_search(struck, call, after);
        }
    }
    return faults_.at_call(call, after);
}

void running_site::finish_record() {
    record_.ended = site_.simulation.now();
    for (machine& m : site_.machines) {
        for (idle_look& look : m.idle()) look.catch_up();
    }
    record_.events =
        site_.simulation.events_happened() + static_cast<std::uint64_t>(skipped_events_);
    // Of bytes, only those that lists collected are read.
    site_.disk.decide_below(std::string(site_root) + "/lists", true);
    site_.disk.decide_below(std::string(site_root) + "/qfiles", false);
    site_.recorder.finish(site_.disk.content(), site_.disk.damaged_files());
    divisions_.mark_orphans(site_.program);
    divisions_.record_owners();
}

}  // namespace qslice::sim
