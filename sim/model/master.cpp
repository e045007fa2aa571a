#include "sim/model/master.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace qslice::sim {

master::master(site_context& site, outage& outages)
    : site_(site), owners_(site, [this](machine& m, const std::string& class_name) {
          owner_failed(m, class_name);
      }) {
    outages.on_boot([this](machine& m) { start_runners(m); });
}

// mailmanctl start, mailmanctl stop
void master::start() {
    owners_.schedule_changes();
    for (std::size_t i = 0; i < site_.machines.size(); ++i) {
        machine& m = site_.machines[i];
        const machine_choice& choice = site_.setting.machines[i];
        if (choice.from_s == 0) {
            start_runners(m);
        } else {
            site_.simulation.schedule_in(to_duration(choice.from_s), [this, &m] {
                if (m.is_up()) start_runners(m);
            });
        }
        if (choice.until_s > 0) {
            site_.simulation.schedule_in(to_duration(choice.until_s), [&m] { m.request_stop(); });
        }
    }
}

virtual_time master::last_change() const {
    double last_s = 0;
    for (const machine_choice& m : site_.setting.machines) {
        last_s = std::max({last_s, m.from_s, m.until_s});
    }
    for (const slice_change_choice& c : site_.setting.deployment.changes) {
        last_s = std::max(last_s, c.at_s);
    }
    return site_.after_start(last_s);
}

void master::start_runners(machine& m) {
    const scenario& setting = site_.setting;
    const auto choice = std::find_if(setting.machines.begin(), setting.machines.end(),
                                     [&](const machine_choice& c) { return c.name == m.name(); });
    // A machine that boots after its runners' stop time does not start them.
    const bool over =
        choice->until_s > 0 && site_.simulation.now() >= site_.after_start(choice->until_s);
    if (over) return;
    random_stream starts(setting.seed, "starts on " + m.name());
    if (setting.deployment.standby) {
        for (const std::string& class_name : owners_.classes_of(m)) {
            restarts_[{m.name(), class_name}] = 0;
            site_.simulation.schedule_in(to_duration(setting.start_within_s * starts.uniform()),
                                         [this, &m, class_name] { start_owner(m, class_name); });
        }
        return;
    }
    for (const runner_choice& runner : choice->runners) {
        site_.simulation.schedule_in(to_duration(setting.start_within_s * starts.uniform()),
                                     [this, &m, &runner] { start_runner(m, runner, 0); });
    }
}

void master::start_owner(machine& m, const std::string& class_name) {
    if (m.is_up()) owners_.start(m, class_name);
}

void master::owner_failed(machine& m, const std::string& class_name) {
    if (restarts_[{m.name(), class_name}]++ >= site_.setting.restart_limit) return;
    site_.simulation.schedule_loosely_in(to_duration(site_.setting.restart_after_s),
                                         [this, &m, class_name] { start_owner(m, class_name); });
}

void master::start_runner(machine& m, const runner_choice& choice, int restarts) {
    if (!m.is_up()) return;
    const std::string name = to_string(choice);
    const std::uint64_t stream = site_.next_stream();
    std::string queue;
    for (const auto& known : site_.program.runners()) {
        if (known.class_name == choice.runner) queue = known.queue;
    }
    const process_id id = m.run(name, [this, &m, &choice, name, stream, queue](sim_world w) {
        sim_services services = site_.services_for(w, stream, queue);
        site_.program.run(w, services, site_.settings_of(m, name), choice);
    });
    const std::uint32_t index = site_.add_process(m, name);
    process_record& process = site_.record.processes[index];
    process.queue = site_.record.queue_index(queue);
    process.slice = choice.slice;
    process.slices = choice.slices;
    site_.recorder.name_process(id, index);
    site_.simulation.on_end(id, [this, &m, &choice, restarts, index](const process_end& end) {
        runner_ended(m, choice, restarts, end, index);
    });
}

void master::runner_ended(machine& m, const runner_choice& choice, int restarts,
                          const process_end& end, std::uint32_t index) {
    const bool failed = end.reason != end_reason::ended;
    site_.recorder.process_ended(end.id, site_.simulation.now(), failed);
    const auto say = [&](std::string line) {
        site_.record.logs.push_back({site_.simulation.now(), index, "qrunner", std::move(line)});
    };
    if (!failed || !m.is_up()) return;
    const int limit = site_.setting.restart_limit;
    const bool restart = restarts < limit;
    say(
        fmt::format("Master qrunner detected subprocess exit\n(pid: {}, sig: None, sts: 1, "
                    "class: {}, slice: {}/{}){}",
                    1000 + index, choice.runner, choice.slice + 1, choice.slices,
                    restart ? " [restarting]" : ""));
    if (!restart) {
        say(fmt::format("Qrunner {} reached maximum restart limit of {}, not restarting.",
                        choice.runner, limit));
        return;
    }
    site_.simulation.schedule_in(
        to_duration(site_.setting.restart_after_s),
        [this, &m, &choice, restarts] { start_runner(m, choice, restarts + 1); });
}

}  // namespace qslice::sim
