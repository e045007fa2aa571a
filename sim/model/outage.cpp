#include "sim/model/outage.hpp"

#include "sim/model/process_name.hpp"

#include <qslice/runner/mailman_times.hpp>

namespace qslice::sim {

std::size_t outage::crash_processes(std::string_view machine_name, std::string_view process) {
    std::size_t struck = 0;
    for (machine* m : site_.machines_named(machine_name)) {
        for (const process_id id : m->processes()) {
            if (!selects_process(process, site_.simulation.name_of(id))) continue;
            if (site_.simulation.kill(id)) ++struck;
        }
    }
    return struck;
}

std::size_t outage::pause_processes(std::string_view machine_name, std::string_view process,
                                    double pause_s) {
    std::size_t struck = 0;
    for (machine* m : site_.machines_named(machine_name)) {
        for (const process_id id : m->processes()) {
            if (!selects_process(process, site_.simulation.name_of(id))) continue;
            pause_process(m->name(), id, pause_s);
            ++struck;
        }
    }
    return struck;
}

// The keeper and the runners of a type are one process.
std::vector<process_id> outage::stopped_with(const machine& m, process_id id) const {
    if (!site_.setting.deployment.standby) return {id};
    const std::string_view process = site_.simulation.name_of(id);
    std::vector<process_id> all{id};
    for (const process_id other : m.processes()) {
        const std::string_view name = site_.simulation.name_of(other);
        if (other != id && class_of_process(name) != name &&
            class_of_process(name) == class_of_process(process)) {
            all.push_back(other);
        }
    }
    return all;
}

void outage::pause_process(std::string_view machine_name, process_id id, double pause_s) {
    const virtual_time until = add(site_.simulation.now(), to_duration(pause_s));
    for (machine* m : site_.machines_named(machine_name)) {
        for (const process_id stopped : stopped_with(*m, id)) m->pause(stopped, until);
    }
    quiet_.hold_until(add(until, to_duration(first_looks_s)));
}

void outage::pause_loosely(std::string_view machine_name, process_id id) {
    for (machine* m : site_.machines_named(machine_name)) {
        const std::vector<process_id> all = stopped_with(*m, id);
        for (const process_id stopped : all) m->pause(stopped, never);
        quiet_.hold();
        const double longest_s = 3 * site_.setting.deployment.takeover_s;
        site_.simulation.schedule_loosely_in(to_duration(longest_s), [this, m, all] {
            for (const process_id stopped : all) m->resume(stopped);
            // What it had begun comes at once.
            quiet_.hold_until(
                add(site_.simulation.now(), to_duration(mailman_times::idle_sleep_s / 2)));
            quiet_.release();
        });
    }
}

bool outage::crash_machine(machine& m, double down_s) {
    if (!m.is_up()) return false;
    boot_later(m.name(), down_s);
    m.crash();
    return true;
}

void outage::lose_power(double down_s) {
    // The disk first: then the machines' crashes lose nothing more, and the losses are chosen only
    // once.
    if (site_.crash_states != nullptr) {
        site_.disk.power_loss(site_.simulation.now(), *site_.crash_states);
    } else {
        random_choices choices(random_stream(site_.setting.seed, "power loss", power_losses_++));
        site_.disk.power_loss(site_.simulation.now(), choices);
    }
    for (machine& m : site_.machines) crash_machine(m, down_s);
}

void outage::boot_later(std::string_view machine_name, double down_s) {
    for (machine* m : site_.machines_named(machine_name)) {
        site_.simulation.schedule_loosely_in(to_duration(down_s), [this, m] { boot(*m); });
    }
    const double settled_s = down_s + site_.setting.start_within_s + first_looks_s;
    quiet_.hold_until(add(site_.simulation.now(), to_duration(settled_s)));
}

void outage::boot(machine& m) {
    if (m.is_up()) return;
    m.boot();
    for (const auto& listener : listeners_) listener(m);
}

}  // namespace qslice::sim
