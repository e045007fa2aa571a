#include "sim/model/site_context.hpp"

#include "sim/record/instants.hpp"
#include "sim/stream/compose.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/ownership/deployment_file.hpp>

#include <algorithm>
#include <utility>

namespace qslice::sim {

namespace {

virtual_time first_arrival(const message_stream& stream) {
    return stream.arrivals.empty() ? virtual_time{} : stream.arrivals.front().time;
}

latency_model latencies_of(const storage_choice& storage) {
    latency_model latency = storage.kind == "memory"    ? latency_model::memory()
                            : storage.kind == "network" ? latency_model::network()
                                                        : latency_model::disk();
    latency.spread = storage.latency_spread;
    return latency;
}

// Each call is a step of its own.
latency_model latencies_of_instants() {
    latency_model latency;
    latency.of.fill(duration(1));
    return latency;
}

file_system_settings disk_of(const scenario& setting) {
    file_system_settings settings;
    settings.hash_seed = random_stream(setting.seed, "hash seed of the disk")();
    settings.rules = setting.storage.rules;
    if (setting.storage.capacity_bytes > 0) {
        settings.capacity_bytes = setting.storage.capacity_bytes;
    }
    return settings;
}

// Mailman 3 has no list locks that could be waited for.
bool waits_as_mailman(const policy_choice& policy) {
    return policy.list_locks == "mailman" && policy.format == mailman21_format::name;
}

}  // namespace

site_context::site_context(run_record& r, const site_program& p, std::uint64_t tie_seed,
                           choice_source* crash_choices, const standing_site* starts_from)
    : record(r),
      setting(r.setting),
      program(p),
      standing(starts_from),
      crash_states(crash_choices),
      simulation({.start = first_arrival(r.stream),
                  .stacks = {},
                  .tie_seed = tie_seed != 0 ? tie_seed : r.setting.tie_seed}),
      disk(disk_of(setting)),
      lists(setting, r.stream),
      recorder(r, std::string(site_root)) {
    if (crash_choices != nullptr && !setting.storage.nfs) disk.decide_late(*crash_choices);
    recorder.set_reads_post(program.reads_post());
    recorder.set_reads_recipients(program.reads_recipients());
    recorder.set_digest_members([this](std::uint32_t list) {
        return static_cast<std::uint32_t>(lists.all().at(list).digest_recipients.size());
    });
    record.started = simulation.now();
    recorder.set_clock([this] { return simulation.now(); });
    for (std::size_t q = 0; q < record.queues.size(); ++q) {
        if (record.queue_slices[q] == 0) recorder.set_terminal(static_cast<std::uint32_t>(q));
    }
}

storage& site_context::storage_of_next_machine() {
    const storage_choice& choice = setting.storage;
    if (!choice.nfs) return disk;
    nfs_settings settings;
    settings.attribute_cache = to_duration(choice.attribute_cache_s);
    settings.lost_reply_share = choice.lost_reply_share;
    settings.seed = random_stream(setting.seed, "seed of NFS client", clients.size())();
    return clients.emplace_back(disk, settings);
}

void site_context::make_machines(world_observer* observer) {
    const bool in_instants = passes_in_instants(setting);
    // A walk of every order knows what a process sees by its calls; there runners list instead.
    const course_choice& course = setting.course;
    const bool is_walked =
        crash_states != nullptr || course.any_order || course.delays > 0 || course.crashes > 0;
    for (const machine_choice& choice : setting.machines) {
        machines.emplace_back(
            simulation, storage_of_next_machine(),
            machine_settings{
                .name = choice.name,
                .clock = choice.clock,
                .latency = in_instants ? latencies_of_instants() : latencies_of(setting.storage),
                .slowness = choice.slowness,
                .grain = in_instants ? instant_of(setting) : duration::zero(),
                .watch_queue = is_walked ? 0 : setting.storage.watch_queue,
                .observer = observer,
                .seed = setting.seed,
                .crash_choices = crash_states});
    }
}

result<void> site_context::make_directories() {
    machine& first = machines.front();
    sim_services services = services_for(first.outside(), next_stream());
    auto made = program.make_directories(first.outside(), services, settings_of(first, "setup"),
                                         record.queues);
    for (const mailing_list& list : lists.all()) {
        if (!made) return made;
        made = first.outside().make_directory(std::string(site_root) + "/lists/" + list.name,
                                              directory_permissions);
    }
    if (made && setting.deployment.file) made = state_deployment();
    return made;
}

// Where runners disagree, the file states what most of them say.
result<void> site_context::state_deployment() {
    deployment stated;
    for (const auto& known : program.runners()) {
        const std::uint32_t queue = record.queue_index(known.queue);
        if (stated.find(known.queue) != nullptr || record.queue_slices[queue] == 0) continue;
        stated.queues.push_back(program.terms({known.class_name, 0, record.queue_slices[queue]}));
    }
    if (stated.queues.empty()) return {};
    sim_world setup = machines.front().outside();
    return write_deployment(setup, settings_of(machines.front(), "setup").queues, stated, "setup");
}

std::uint32_t site_context::add_process(const machine& m, std::string name) {
    process_record process;
    process.machine = m.name();
    process.name = std::move(name);
    process.started = simulation.now();
    record.processes.push_back(std::move(process));
    return static_cast<std::uint32_t>(record.processes.size() - 1);
}

sim_services site_context::services_for(sim_world w, std::uint64_t stream, std::string_view queue) {
    const service_time* pace = standing == nullptr ? nullptr : standing->pace_of(queue);
    for (const queue_work& work : setting.work) {
        if (pace == nullptr && work.queue == queue) pace = &work.each;
    }
    return {std::move(w),
            {setting.services, lists, server, recorder, waits_as_mailman(setting.policy), pace},
            setting.seed,
            stream};
}

result<void> site_context::place_standing() {
    machine& first = machines.front();
    sim_services services = services_for(first.outside(), 0);
    const auto view = program.open(first.outside(), services, settings_of(first, "setup"));
    for (std::uint32_t number = 0; number < standing_posts(); ++number) {
        const standing_entry& entry = standing->entries[number];
        const mailing_list& list = lists.all()[record.stream.arrivals[number].list];
        metadata data{{"listname", list.name}, {"listid", list.id}, {"tolist", 1}};
        data.set(post_key, static_cast<std::int64_t>(number));
        auto placed = view->place(entry.queue, entry.name, compose_message(record.stream, number),
                                  std::move(data), list.recipients);
        if (!placed) return placed;
        recorder.stands(entry.queue, entry.name, number);
        record.posts[number].accepted = simulation.now();
    }
    return {};
}

site_settings site_context::settings_of(const machine& m, std::string_view process) const {
    site_settings settings{std::string(site_root), m.name() + '/' + std::string(process),
                           setting.policy.durable};
    settings.queues = std::string(site_root) + "/qfiles";
    if (waits_as_mailman(setting.policy)) settings.list_locks = mailman_lock_times;
    settings.untaken = setting.policy.untaken;
    settings.reads_deployment = setting.deployment.file;
    return settings;
}

std::vector<machine*> site_context::machines_named(std::string_view name) {
    std::vector<machine*> found;
    for (machine& m : machines) {
        if (name.empty() || m.name() == name) found.push_back(&m);
    }
    return found;
}

machine* site_context::first_up() {
    const auto up =
        std::find_if(machines.begin(), machines.end(), [](const machine& m) { return m.is_up(); });
    return up == machines.end() ? nullptr : &*up;
}

}  // namespace qslice::sim
