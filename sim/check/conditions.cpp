#include "sim/check/conditions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

double clock_spread(const run_record& run) {
    const double length = to_seconds(run.ended - run.started);
    double earliest = 0;
    double latest = 0;
    double resolution = 0;
    bool first = true;
    for (const machine_choice& machine : run.setting.machines) {
        const double offset = to_seconds(machine.clock.offset);
        const double drifted = offset + machine.clock.drift * length;
        earliest = std::min({first ? offset : earliest, offset, drifted});
        latest = std::max({first ? offset : latest, offset, drifted});
        resolution = std::max(resolution, to_seconds(machine.clock.resolution));
        first = false;
    }
    double spread = latest - earliest + resolution;
    for (const fault& f : run.setting.faults) {
        if (f.what == fault::kind::clock_step) spread += std::abs(f.amount);
        if (f.what == fault::kind::clock_drift) {
            const double until = f.until_s > 0 ? f.until_s : length;
            spread += std::abs(f.amount) * std::max(0.0, until - f.at_s);
        }
    }
    return spread;
}

/// Whether a queue's runners disagreed on its slices, or two machines served one slice.
bool slices_clash(const run_record& run) {
    std::map<std::uint32_t, std::uint64_t> slices_of;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string_view> machine_of;
    for (const process_record& process : run.processes) {
        if (process.queue == none) continue;
        const auto slices = slices_of.try_emplace(process.queue, process.slices).first->second;
        const auto machine =
            machine_of.try_emplace({process.queue, process.slice}, process.machine).first->second;
        if (slices != process.slices || machine != process.machine) return true;
    }
    return false;
}

}  // namespace

run_conditions conditions_of(const run_record& run) {
    run_conditions found;
    found.directories_synced = run.setting.policy.durable == durability::file_and_directory;
    found.clock_spread_s = clock_spread(run);
    // By leases they change hands in good order.
    found.changed_hands = !run.setting.deployment.standby && slices_clash(run);
    for (const machine_choice& machine : run.setting.machines) {
        found.clocks_repeat |= machine.clock.resolution > duration::zero();
    }
    for (const machine_choice& machine : run.setting.machines) {
        found.slowest = std::max(found.slowest, machine.slowness);
    }
    const double own_slowest = found.slowest;
    for (const fault& f : run.setting.faults) {
        if (f.what == fault::kind::slow_machine) {
            found.slowest = std::max(found.slowest, own_slowest * f.amount);
        }
        if (f.what == fault::kind::storage_stall) {
            const double length = to_seconds(run.ended - run.started);
            found.stalled_s += std::max(0.0, (f.until_s > 0 ? f.until_s : length) - f.at_s);
        }
        found.clocks_repeat |= f.what == fault::kind::clock_step && f.amount < 0;
    }
    found.faults = !run.faults.empty();
    for (const process_record& process : run.processes) found.crashed |= process.crashed;
    // Injected faults, of the scenario or a search; a fault that affected nothing does not count.
    for (const fault_record& f : run.faults) {
        found.crashed |= causes(f.kind, fault_effect::crash);
        found.power_lost |= causes(f.kind, fault_effect::power_loss);
        found.storage_failed |= causes(f.kind, fault_effect::storage_failure);
        found.paused |= causes(f.kind, fault_effect::pause);
        found.lease_clocks_wrong |= causes(f.kind, fault_effect::lease_clock);
    }
    std::set<std::pair<std::uint32_t, std::uint32_t>> passed;  // post and queue
    for (const entry_record& entry : run.entries) {
        const std::string_view queue =
            entry.queue < run.queues.size() ? std::string_view(run.queues[entry.queue]) : "";
        if (run.policy.mail && queue == "retry") found.retried = true;
        if (queue == "shunt" || entry.fate == entry_fate::preserved) found.put_aside = true;
        // Posts that return from retry/ or shunt/ also enter a queue twice.
        const bool passed_once = run.policy.mail
                                     ? queue == "in" || queue == "pipeline" || queue == "archive"
                                     : queue == run.entry_queue;
        if (entry.post != none && passed_once && !passed.emplace(entry.post, entry.queue).second) {
            found.kept_queued = true;
        }
    }
    return found;
}

}  // namespace qslice::sim
