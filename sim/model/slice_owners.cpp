#include "sim/model/slice_owners.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/keep_slices.hpp>
#include <qslice/ownership/keeper_settings.hpp>
#include <qslice/ownership/slice_keeper.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/topology/standby.hpp>

#include <algorithm>
#include <utility>

namespace qslice::sim {

/// Starts and stops the runners of one keeper.
class slice_owners::host {
public:
    host(slice_owners& owners, machine& m, std::string class_name, group& of)
        : owners_(owners), machine_(m), class_name_(std::move(class_name)), group_(of) {}

    void start(const held_slice& held) {
        group_.runners[held.of] = owners_.start_runner(machine_, class_name_, held, group_);
    }
    void ask_to_stop(const held_slice& held) {
        if (owners_.site_.program.planted().no_fence) return;
        machine_.request_stop(group_.runners[held.of]);
    }
    bool has_stopped(const held_slice& held) {
        const auto at = group_.runners.find(held.of);
        if (at == group_.runners.end()) return true;
        if (owners_.site_.program.planted().acknowledges_early) return true;
        if (machine_.simulation().alive(at->second)) return false;
        group_.runners.erase(at);
        return true;
    }

private:
    slice_owners& owners_;
    machine& machine_;
    std::string class_name_;
    group& group_;
};

std::vector<std::string> slice_owners::classes_of(const machine& m) const {
    std::vector<std::string> classes;
    const auto chosen = site_.program.stands_by();
    const bool stands_by = std::find(chosen.begin(), chosen.end(), m.name()) != chosen.end();
    for (const machine_choice& choice : site_.setting.machines) {
        if (choice.name != m.name() && !stands_by) continue;
        for (const runner_choice& r : choice.runners) {
            if (std::find(classes.begin(), classes.end(), r.runner) == classes.end()) {
                classes.push_back(r.runner);
            }
        }
    }
    return classes;
}

std::string slice_owners::queue_of(std::string_view class_name) const {
    for (const auto& known : site_.program.runners()) {
        if (known.class_name == class_name) return known.queue;
    }
    return {};
}

std::size_t slice_owners::rank(const machine& m, const std::string& class_name, std::uint64_t slice,
                               std::uint64_t slices) const {
    std::vector<runner_process> processes;
    for (const machine_choice& machine : site_.setting.machines) {
        for (const runner_choice& r : machine.runners) {
            processes.push_back(
                {machine.name, {r.runner, static_cast<slice_index>(r.slice), r.slices}});
        }
    }
    return standby_rank(processes, site_.program.stands_by(), m.name(), class_name, slice, slices);
}

void slice_owners::start(machine& m, const std::string& class_name) {
    group& of = groups_.emplace_back();
    const std::string name = class_name + ":keeper";
    const site_settings settings = site_.settings_of(m, name);
    keeper_settings keeps;
    keeps.spool = settings.queues;
    keeps.queue_directory = settings.queues + '/' + queue_of(class_name);
    keeps.identity = m.name() + '/' + class_name;
    keeps.built = site_.program.terms(
        {class_name, 0, site_.record.queue_slices[site_.record.queue_index(queue_of(class_name))]});
    keeps.times.takeover_s = site_.setting.deployment.takeover_s;
    if (site_.program.planted().trusts_ended_lease && &m == &site_.machines.front()) {
        keeps.times.takeover_s *= 20;
    }
    keeps.rank = [this, &m, class_name](std::uint64_t slice, std::uint64_t slices) {
        return rank(m, class_name, slice, slices);
    };
    of.keeper = m.run(name, [this, &m, class_name, &of, keeps](sim_world w) {
        slice_keeper<sim_world> keeper(w, keeps);
        of.memory = &keeper;
        struct forget {
            group& of;
            ~forget() { of.memory = nullptr; }
        } when_it_ends{of};
        host runners(*this, m, class_name, of);
        keep_slices(w, keeper, runners, [&] { return w.stop_requested(); });
    });
    if (!of.keeper) return;
    site_.recorder.name_process(of.keeper, site_.add_process(m, name));
    site_.simulation.on_end(of.keeper, [this, &m, class_name, &of](const process_end& end) {
        ended(m, class_name, of, end);
    });
}

process_id slice_owners::start_runner(machine& m, const std::string& class_name,
                                      const held_slice& held, group& of) {
    const std::string name = to_string(runner_choice{class_name, held.of.slice, held.of.slices});
    const std::string queue = queue_of(class_name);
    const std::uint64_t stream = site_.next_stream();
    const process_id id =
        m.run(name, [this, &m, class_name, name, queue, held, stream](sim_world w) {
            sim_services services = site_.services_for(w, stream, queue);
            site_settings settings = site_.settings_of(m, name);
            if (!site_.program.planted().no_fence) {
                return site_.program.run_held(w, services, settings, class_name, held);
            }
            settings.reads_deployment = false;
            site_.program.run(w, services, settings, {class_name, held.of.slice, held.of.slices});
        });
    const std::uint32_t index = site_.add_process(m, name);
    process_record& process = site_.record.processes[index];
    process.queue = site_.record.queue_index(queue);
    process.slice = held.of.slice;
    process.slices = held.of.slices;
    site_.recorder.name_process(id, index);
    site_.simulation.on_end(
        id, [this, &m, class_name, &of](const process_end& end) { ended(m, class_name, of, end); });
    return id;
}

std::optional<keeper_memory> slice_owners::memory_of(process_id keeper) const {
    for (const group& of : groups_) {
        if (!(of.keeper == keeper) || of.memory == nullptr) continue;
        // As sim_world::steady_s() shows it.
        for (machine& m : site_.machines) {
            const std::vector<process_id> running = m.processes();
            if (std::find(running.begin(), running.end(), keeper) == running.end()) continue;
            return keeper_memory::of(*of.memory, m.steady_s());
        }
    }
    return std::nullopt;
}

void slice_owners::ended(machine& m, const std::string& class_name, group& of,
                         const process_end& end) {
    const bool failed = end.reason != end_reason::ended;
    site_.recorder.process_ended(end.id, site_.simulation.now(), failed);
    if (!failed || of.ended) return;
    of.ended = true;
    if (!(end.id == of.keeper)) site_.simulation.kill(of.keeper);
    for (const auto& [slice, id] : of.runners) {
        if (!(end.id == id)) site_.simulation.kill(id);
    }
    if (m.is_up()) failed_(m, class_name);
}

void slice_owners::schedule_changes() {
    for (const slice_change_choice& wanted : site_.setting.deployment.changes) {
        site_.simulation.schedule_loosely_in(to_duration(wanted.at_s),
                                             [this, &wanted] { change(wanted); });
    }
}

// By an administrator's process on a machine that is up.
void slice_owners::change(const slice_change_choice& wanted) {
    machine* const m = site_.first_up();
    if (m == nullptr) return;
    const process_id id = m->run("reslice", [this, m, &wanted](sim_world w) {
        const std::string spool = site_.settings_of(*m, "reslice").queues;
        const auto changed = change_slices(w, spool, wanted.queue, wanted.slices, "reslice");
        if (!changed) w.log("error", changed.error().to_string());
    });
    site_.recorder.name_process(id, site_.add_process(*m, "reslice"));
}

}  // namespace qslice::sim
