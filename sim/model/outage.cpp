#include "sim/model/outage.hpp"

#include "sim/model/process_name.hpp"

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
        site_.simulation.schedule_in(to_duration(down_s), [this, m] { boot(*m); });
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
