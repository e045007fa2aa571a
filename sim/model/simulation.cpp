#include "sim/model/simulation.hpp"

#include "sim/model/fault_plan.hpp"
#include "sim/model/guided_course.hpp"
#include "sim/stream/compose.hpp"
#include "sim/world/file_system.hpp"
#include "sim/world/nfs_client.hpp"
#include "sim/world/sim_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::string_view root = "var";
constexpr double mail_server_retries_after_s = 60;
constexpr double down_after_search_s = 10;
constexpr double first_looks_s = 5;  // in which runners have recovered what a crash left

latency_model latencies_of(const storage_choice& storage) {
    latency_model latency = storage.kind == "memory"    ? latency_model::memory()
                            : storage.kind == "network" ? latency_model::network()
                                                        : latency_model::disk();
    latency.spread = storage.latency_spread;
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

// The queues of a site: those with runners, those they write to, and those of every site.
std::vector<std::string> queues_of(const site_program& program) {
    std::vector<std::string> queues;
    const auto add = [&](const std::string& queue) {
        if (std::find(queues.begin(), queues.end(), queue) == queues.end()) {
            queues.push_back(queue);
        }
    };
    for (const auto& runner : program.runners()) add(runner.queue);
    for (const auto& runner : program.runners()) {
        for (const auto& queue : runner.flows_to) add(queue);
    }
    for (const char* queue : {"held", "shunt", "bad"}) add(queue);
    return queues;
}

class running_site final : public world_observer, public fault_targets {
public:
    running_site(run_record& record, const site_program& program, const simulation_hooks& hooks)
        : record_(record),
          setting_(record.setting),
          program_(program),
          hooks_(hooks),
          engine_({.start = first_arrival(record.stream),
                   .stacks = {},
                   .tie_seed = hooks.tie_seed != 0 ? hooks.tie_seed : record.setting.tie_seed}),
          disk_(disk_of(setting_)),
          lists_(setting_, record.stream),
          recorder_(record, std::string(root)),
          faults_(setting_.faults, setting_.seed, record, *this, engine_) {
        if (hooks.chooser) engine_.set_chooser(hooks.among, hooks.chooser);
        recorder_.set_clock([this] { return engine_.now(); });
        recorder_.set_on_closed([this] { stop_when_quiet(); });
        recorder_.set_slice_of([this](std::uint64_t slices, const hash_value& d) {
            return division(slices).slice_of(d);
        });
    }

    result<void> run() {
        make_machines();
        if (auto made = make_directories(); !made) return made;
        record_.started = engine_.now();
        if (hooks_.on_start) hooks_.on_start({engine_, disk_, record_});
        faults_.start(engine_.now());
        for (std::size_t i = 0; i < machines_.size(); ++i) {
            schedule_runners(machines_[i], setting_.machines[i]);
        }
        for (gateway& g : gateways_) start_server(g);
        schedule_next_post();
        schedule_digest_job();
        const virtual_time last =
            record_.stream.arrivals.empty() ? engine_.now() : record_.stream.arrivals.back().time;
        // A fault may strike after everything is done; it must not be missed.
        engine_.schedule_at(std::max({last, faults_.last_timed(), last_change()}), [this] {
            all_faults_struck_ = true;
            stop_when_quiet();
        });
        engine_.run_until(add(last, to_duration(setting_.drain_s)));
        finish_record();
        return {};
    }

    // world_observer: the recorder sees first, then the search, then the scenario's faults.
    void going_to(const world_call& call) override {
        if (hooks_.observer != nullptr) hooks_.observer->going_to(call);
    }
    void going_to_deliver(process_id id) override {
        if (hooks_.observer != nullptr) hooks_.observer->going_to_deliver(id);
    }
    injected_fault before_call(const world_call& call) override { return at_call(call, false); }
    injected_fault after_call(const world_call& call) override {
        recorder_.after_call(call);
        return at_call(call, true);
    }
    void log(const log_line& line) override {
        recorder_.log(line);
        if (hooks_.observer != nullptr) hooks_.observer->log(line);
    }

    // fault_targets
    std::vector<machine*> machines_named(std::string_view name) override {
        std::vector<machine*> found;
        for (machine& m : machines_) {
            if (name.empty() || m.name() == name) found.push_back(&m);
        }
        return found;
    }
    void crash_processes(std::string_view machine_name, std::string_view process) override;
    void crash_machine(machine& m, double down_s) override {
        boot_later(m.name(), down_s);
        m.crash();
    }
    void lose_power(double down_s) override;
    void boot_later(std::string_view machine_name, double down_s) override {
        for (machine* m : machines_named(machine_name)) {
            engine_.schedule_in(to_duration(down_s), [this, m] {
                if (m->is_up()) return;
                m->boot();
                start_runners(*m);
                for (gateway& g : gateways_) {
                    if (g.on == m) start_server(g);
                }
            });
        }
        // What was finished may be there again, and is seen by the first look of who owns it.
        const duration settled = to_duration(down_s + setting_.start_within_s + first_looks_s);
        not_quiet_before_ = std::max(not_quiet_before_, add(engine_.now(), settled));
        engine_.schedule_in(settled, [this] { stop_when_quiet(); });
    }
    void put_foreign_files(std::string_view queue, std::uint64_t count) override;
    void put_crafted_entry(std::string_view queue, const std::string& hash) override;
    file_system& disk() override { return disk_; }
    mail_server& server() override { return server_; }

private:
    static virtual_time first_arrival(const message_stream& stream) {
        return stream.arrivals.empty() ? virtual_time{} : stream.arrivals.front().time;
    }

    injected_fault at_call(const world_call& call, bool after) {
        if (hooks_.observer != nullptr) {
            const injected_fault struck =
                after ? hooks_.observer->after_call(call) : hooks_.observer->before_call(call);
            if (struck.what != injected_fault::kind::nothing) {
                note_search_fault(struck, call, after);
                if (struck.what != injected_fault::kind::lose_power) return struck;
                engine_.schedule_in(duration::zero(), [this] { lose_power(down_after_search_s); });
                return {};
            }
        }
        return faults_.at_call(call, after);
    }

    const site_program::division& division(std::uint64_t slices) {
        auto at = divisions_.find(slices);
        if (at == divisions_.end()) at = divisions_.emplace(slices, program_.divide(slices)).first;
        return at->second;
    }

    [[nodiscard]] shared_site shared() {
        return {setting_.services, lists_, server_, recorder_, record_};
    }
    [[nodiscard]] site_settings settings_of(const machine& m, std::string_view process) const {
        return {std::string(root), m.name() + '/' + std::string(process), setting_.policy.durable};
    }
    std::uint32_t add_process(const machine& m, std::string name) {
        process_record process;
        process.machine = m.name();
        process.name = std::move(name);
        process.started = engine_.now();
        record_.processes.push_back(std::move(process));
        return static_cast<std::uint32_t>(record_.processes.size() - 1);
    }

    /// A machine that accepts posts.
    struct gateway {
        machine* on = nullptr;
        std::uint32_t process = none;  ///< of record_.processes, which posts are queued by
        // Of a server:
        process_id server;
        bool idle = false;                ///< it waits to be woken
        std::deque<std::uint32_t> posts;  ///< handed over to it and not yet done with
    };

    storage& storage_of_next_machine();
    void note_search_fault(const injected_fault& struck, const world_call& call, bool after);
    void make_machines();
    result<void> make_directories();
    void schedule_runners(machine& m, const machine_choice& choice);
    [[nodiscard]] virtual_time last_change() const;
    void start_runners(machine& m);
    void start_runner(machine& m, const runner_choice& choice, int restarts);
    void runner_ended(machine& m, const runner_choice& choice, int restarts, const process_end& end,
                      std::uint32_t index);
    void schedule_next_post();
    void post(std::uint32_t number);
    [[nodiscard]] gateway* gateway_for(std::uint32_t number);
    void run_program(gateway& g, std::uint32_t number);
    void start_server(gateway& g);
    void serve(gateway& g, sim_world w);
    void enqueue_post(site_program::view& view, sim_world& w, std::uint32_t number);
    void post_again(std::uint32_t number);
    void schedule_digest_job();
    void stop_when_quiet();
    void finish_record();
    [[nodiscard]] bool is_orphan(const entry_record& entry);

    run_record& record_;
    const scenario& setting_;
    const site_program& program_;
    const simulation_hooks& hooks_;
    engine engine_;
    file_system disk_;
    mail_server server_;
    mailing_lists lists_;
    spool_recorder recorder_;
    fault_plan faults_;
    std::map<std::uint64_t, site_program::division> divisions_;
    std::deque<nfs_client> clients_;  // of the machines, where the disk is a file server's
    std::deque<machine> machines_;
    std::deque<gateway> gateways_;
    std::uint64_t processes_started_ = 0;
    std::uint32_t next_post_ = 0;
    virtual_time not_quiet_before_ = virtual_time::min();
    std::uint32_t unaccepted_ = 0;
    bool all_faults_struck_ = false;
    std::uint64_t power_losses_ = 0;
};

storage& running_site::storage_of_next_machine() {
    const storage_choice& choice = setting_.storage;
    if (!choice.nfs) return disk_;
    nfs_settings settings;
    settings.attribute_cache = to_duration(choice.attribute_cache_s);
    settings.lost_reply_share = choice.lost_reply_share;
    settings.seed = random_stream(setting_.seed, "seed of NFS client", clients_.size())();
    return clients_.emplace_back(disk_, settings);
}

// What a search lets happen stands in the record as the scenario's own faults do.
void running_site::note_search_fault(const injected_fault& struck, const world_call& call,
                                     bool after) {
    const auto add = [&](fault::kind kind, std::string_view what) {
        record_.faults.push_back(
            {engine_.now(), std::string(call.machine_name), std::string(call.process_name),
             fmt::format("{} right {} {} {}{}{}", what, after ? "after" : "before",
                         to_string(call.kind), call.path, call.target.empty() ? "" : " to ",
                         call.target),
             kind, none, call.kind, after});
    };
    switch (struck.what) {
        case injected_fault::kind::nothing: return;
        case injected_fault::kind::fail: return add(fault::kind::fail_calls, "failure");
        case injected_fault::kind::crash_process:
            return add(fault::kind::crash_process, "crash of the process");
        case injected_fault::kind::crash_machine:
            add(fault::kind::crash_machine, "loss of power");
            return boot_later(call.machine_name, down_after_search_s);
        case injected_fault::kind::lose_power:
            return add(fault::kind::power_loss, "loss of power everywhere");
    }
}

void running_site::make_machines() {
    for (const machine_choice& choice : setting_.machines) {
        machines_.emplace_back(engine_, storage_of_next_machine(),
                               machine_settings{.name = choice.name,
                                                .clock = choice.clock,
                                                .latency = latencies_of(setting_.storage),
                                                .slowness = choice.slowness,
                                                .observer = this,
                                                .seed = setting_.seed,
                                                .crash_choices = hooks_.crash_states});
        if (!choice.accepts_posts) continue;
        gateways_.push_back({&machines_.back(), add_process(machines_.back(), "post"), {}, {}, {}});
    }
    for (std::size_t q = 0; q < record_.queues.size(); ++q) {
        if (record_.queue_slices[q] == 0) recorder_.set_terminal(static_cast<std::uint32_t>(q));
    }
}

result<void> running_site::make_directories() {
    machine& first = machines_.front();
    sim_services services(first.outside(), shared(), setting_.seed, processes_started_++);
    auto made = program_.make_directories(first.outside(), services, settings_of(first, "setup"),
                                          record_.queues);
    for (const mailing_list& list : lists_.all()) {
        if (!made) return made;
        made = first.outside().make_directory(std::string(root) + "/lists/" + list.name,
                                              directory_permissions);
    }
    return made;
}

// An administrator starts and stops a machine's runners: mailmanctl start, mailmanctl stop.
void running_site::schedule_runners(machine& m, const machine_choice& choice) {
    if (choice.from_s == 0) {
        start_runners(m);
    } else {
        engine_.schedule_in(to_duration(choice.from_s), [this, &m] {
            if (m.is_up()) start_runners(m);
        });
    }
    if (choice.until_s > 0) {
        engine_.schedule_in(to_duration(choice.until_s), [&m] { m.request_stop(); });
    }
}

// When the last machine's runners are started or stopped.
virtual_time running_site::last_change() const {
    double last_s = 0;
    for (const machine_choice& m : setting_.machines) {
        last_s = std::max({last_s, m.from_s, m.until_s});
    }
    return add(record_.started, to_duration(last_s));
}

void running_site::start_runners(machine& m) {
    const auto choice = std::find_if(setting_.machines.begin(), setting_.machines.end(),
                                     [&](const machine_choice& c) { return c.name == m.name(); });
    // A machine that boots after its runners' end stays without them.
    const virtual_time end = add(record_.started, to_duration(choice->until_s));
    if (choice->until_s > 0 && engine_.now() >= end) return;
    random_stream starts(setting_.seed, "starts on " + m.name());
    for (const runner_choice& runner : choice->runners) {
        engine_.schedule_in(to_duration(setting_.start_within_s * starts.uniform()),
                            [this, &m, &runner] { start_runner(m, runner, 0); });
    }
}

void running_site::start_runner(machine& m, const runner_choice& choice, int restarts) {
    if (!m.is_up()) return;
    const std::string name = to_string(choice);
    const std::uint64_t number = processes_started_++;
    const process_id id = m.run(name, [this, &m, &choice, name, number](sim_world w) {
        sim_services services(w, shared(), setting_.seed, number);
        program_.run(w, services, settings_of(m, name), choice);
    });
    const std::uint32_t index = add_process(m, name);
    process_record& process = record_.processes[index];
    for (const auto& known : program_.runners()) {
        if (known.class_name == choice.runner) process.queue = record_.queue_index(known.queue);
    }
    process.slice = choice.slice;
    process.slices = choice.slices;
    recorder_.name_process(id, index);
    engine_.on_end(id, [this, &m, &choice, restarts, index](const process_end& end) {
        runner_ended(m, choice, restarts, end, index);
    });
}

// mailmanctl: a runner that fails is started again, up to a limit.
void running_site::runner_ended(machine& m, const runner_choice& choice, int restarts,
                                const process_end& end, std::uint32_t index) {
    const bool failed = end.reason != end_reason::ended;
    recorder_.process_ended(end.id, engine_.now(), failed);
    const auto master_says = [&](std::string line) {
        record_.logs.push_back({engine_.now(), index, "qrunner", std::move(line)});
    };
    if (!failed || !m.is_up()) return;
    const bool restart = restarts < setting_.restart_limit;
    master_says(
        fmt::format("Master qrunner detected subprocess exit\n(pid: {}, sig: None, sts: 1, "
                    "class: {}, slice: {}/{}){}",
                    1000 + index, choice.runner, choice.slice + 1, choice.slices,
                    restart ? " [restarting]" : ""));
    if (!restart) {
        master_says(fmt::format("Qrunner {} reached maximum restart limit of {}, not restarting.",
                                choice.runner, setting_.restart_limit));
        return;
    }
    engine_.schedule_in(to_duration(setting_.restart_after_s),
                        [this, &m, &choice, restarts] { start_runner(m, choice, restarts + 1); });
}

void running_site::schedule_next_post() {
    if (next_post_ == record_.stream.arrivals.size()) return;
    engine_.schedule_at(record_.stream.arrivals[next_post_].time, [this] {
        const std::uint32_t number = next_post_++;
        ++unaccepted_;
        post(number);
        schedule_next_post();
    });
}

// What the mail server does with a post: it hands it to a gateway, and tries again later when that
// fails.
void running_site::post(std::uint32_t number) {
    gateway* const g = gateway_for(number);
    ++record_.posts[number].attempts;
    if (g == nullptr || !g->on->is_up()) return post_again(number);
    if (setting_.intake.what == intake_choice::kind::program) return run_program(*g, number);
    if (g->server == process_id{}) return post_again(number);
    g->posts.push_back(number);
    if (std::exchange(g->idle, false)) engine_.wake(g->server);
}

running_site::gateway* running_site::gateway_for(std::uint32_t number) {
    const std::size_t count = gateways_.size();
    const arrival& a = record_.stream.arrivals[number];
    switch (setting_.intake.by) {
        case intake_choice::route::list: return &gateways_[a.list % count];
        case intake_choice::route::sender: return &gateways_[a.sender % count];
        case intake_choice::route::turns: break;
    }
    const std::size_t turn = number + record_.posts[number].attempts;
    for (std::size_t i = 0; i < count; ++i) {
        gateway& candidate = gateways_[(turn + i) % count];
        if (candidate.on->is_up()) return &candidate;
    }
    return nullptr;
}

void running_site::run_program(gateway& g, std::uint32_t number) {
    const process_id id = g.on->run("post", [this, &g, number](sim_world w) {
        sim_services services(w, shared(), setting_.seed, 0);
        const auto view = program_.open(w, services, settings_of(*g.on, "post"));
        enqueue_post(*view, w, number);
    });
    recorder_.name_process(id, g.process);
    engine_.on_end(id, [this, number](const process_end&) {
        if (record_.posts[number].accepted == never) post_again(number);
    });
}

void running_site::start_server(gateway& g) {
    if (setting_.intake.what != intake_choice::kind::server || !g.on->is_up()) return;
    g.idle = false;
    g.server = g.on->run("post", [this, &g](sim_world w) { serve(g, std::move(w)); });
    recorder_.name_process(g.server, g.process);
    engine_.on_end(g.server, [this, &g](const process_end&) {
        g.server = {};
        for (const std::uint32_t number : std::exchange(g.posts, {})) {
            if (record_.posts[number].accepted == never) post_again(number);
        }
        engine_.schedule_in(to_duration(setting_.restart_after_s), [this, &g] {
            if (g.server == process_id{}) start_server(g);
        });
    });
}

// The body of a server's process. It lives as long as its machine.
void running_site::serve(gateway& g, sim_world w) {
    sim_services services(w, shared(), setting_.seed, 0);
    const auto view = program_.open(w, services, settings_of(*g.on, "post"));
    while (true) {
        if (g.posts.empty()) {
            g.idle = true;
            engine_.suspend();
            continue;
        }
        const std::uint32_t number = g.posts.front();
        enqueue_post(*view, w, number);
        g.posts.pop_front();
        if (record_.posts[number].accepted == never) post_again(number);
    }
}

void running_site::enqueue_post(site_program::view& view, sim_world& w, std::uint32_t number) {
    const mailing_list& list = lists_.all()[record_.stream.arrivals[number].list];
    metadata data{{"listname", list.name}, {"listid", list.id}, {"tolist", 1}};
    data.set(post_key, static_cast<std::int64_t>(number));
    const auto queued =
        view.enqueue("in", compose_message(record_.stream, number), std::move(data));
    if (queued) {
        record_.posts[number].accepted = engine_.now();
        --unaccepted_;
        stop_when_quiet();
    } else {
        w.log("error", "post not accepted: " + queued.error().to_string());
    }
}

void running_site::post_again(std::uint32_t number) {
    engine_.schedule_in(to_duration(mail_server_retries_after_s), [this, number] { post(number); });
}

void running_site::schedule_digest_job() {
    if (setting_.digests.period_s <= 0) return;
    engine_.schedule_in(to_duration(setting_.digests.period_s), [this] {
        const auto up = std::find_if(machines_.begin(), machines_.end(),
                                     [](const machine& m) { return m.is_up(); });
        if (up != machines_.end()) {
            machine& m = *up;
            const process_id id =
                m.run("digests", [this, &m, number = processes_started_++](sim_world w) {
                    sim_services services(w, shared(), setting_.seed, number);
                    program_.send_digests(w, services, settings_of(m, "digests"), lists_);
                });
            recorder_.name_process(id, add_process(m, "digests"));
            engine_.on_end(id, [this](const process_end& end) {
                recorder_.process_ended(end.id, engine_.now(), end.reason != end_reason::ended);
            });
        }
        schedule_digest_job();
    });
}

void running_site::stop_when_quiet() {
    if (engine_.now() < not_quiet_before_) return;
    const bool all_came = next_post_ == record_.stream.arrivals.size() && unaccepted_ == 0;
    if (all_came && all_faults_struck_ && recorder_.open_entries() == 0) engine_.stop();
}

void running_site::crash_processes(std::string_view machine_name, std::string_view process) {
    for (machine* m : machines_named(machine_name)) {
        for (const process_id id : m->processes()) {
            const std::string_view name = engine_.name_of(id);
            const bool is_runner = name.find(':') != std::string_view::npos;
            const bool matches =
                process.empty() || name == process || name.substr(0, name.find(':')) == process;
            if (is_runner && matches) engine_.kill(id);
        }
    }
}

void running_site::lose_power(double down_s) {
    // The disk first: then the machines' own crashes have nothing left to lose, and what is lost
    // is asked once.
    if (hooks_.crash_states != nullptr) {
        disk_.power_loss(engine_.now(), *hooks_.crash_states);
    } else {
        random_choices choices(random_stream(setting_.seed, "power loss", power_losses_++));
        disk_.power_loss(engine_.now(), choices);
    }
    for (machine& m : machines_) crash_machine(m, down_s);
}

void running_site::put_foreign_files(std::string_view queue, std::uint64_t count) {
    // Names that Mailman's split() and float() fail on, and some that it takes.
    static constexpr const char* names[] = {
        "README.pck", "1400972196.0+.pck", "+.pck",
        "yesterday+da39a3ee5e6b4b0d3255bfef95601890afd80709.pck", "1400972196.0+zz.pck"};
    sim_world outside = machines_.front().outside("foreign writer");
    for (std::uint64_t i = 0; i < count; ++i) {
        std::string path = fmt::format("{}/qfiles/{}/", root, queue);
        if (i >= std::size(names)) path += std::to_string(i);
        path += names[i % std::size(names)];
        if (auto file = outside.open(path, open_mode::truncate, entry_permissions)) {
            (void)outside.write(*file, "not an entry");
        }
    }
}

// Written where no recorder looks and moved into the queue under a name of its own, as by a program
// that knows the names' form and chooses the hash.
void running_site::put_crafted_entry(std::string_view queue, const std::string& hash) {
    const auto up = std::find_if(machines_.begin(), machines_.end(),
                                 [](const machine& m) { return m.is_up(); });
    if (up == machines_.end() || lists_.all().empty()) return;
    machine& m = *up;
    m.run("foreign writer", [this, &m, hash, queue = std::string(queue)](sim_world w) {
        const mailing_list& list = lists_.all().front();
        sim_services services(w, shared(), setting_.seed, 0);
        const site_settings settings = settings_of(m, "foreign writer");
        metadata data{{"listname", list.name}, {"listid", list.id}, {"tolist", 1}};
        (void)w.make_directory(fmt::format("{}/qfiles/crafted", root), directory_permissions);
        const auto made = program_.enqueue(w, services, settings, "crafted", "Subject: crafted\n\n",
                                           std::move(data));
        if (!made) return w.log("error", made.error().to_string());
        const std::string from = fmt::format("{}/qfiles/crafted/{}", root, *made);
        const std::string to = fmt::format("{}/qfiles/{}/{}{}", root, queue,
                                           made->substr(0, made->find('+') + 1), hash);
        auto moved = w.rename(from + ".pck", to + ".pck.tmp");
        if (moved) moved = w.rename(to + ".pck.tmp", to + ".pck");
        if (!moved) w.log("error", moved.error().to_string());
    });
}

bool running_site::is_orphan(const entry_record& entry) {
    if (record_.queue_slices[entry.queue] == 0) return false;
    return std::none_of(record_.processes.begin(), record_.processes.end(),
                        [&](const process_record& p) {
                            return p.queue == entry.queue && p.ended == never &&
                                   division(p.slices).owns(p.slice, entry.name.hash);
                        });
}

void running_site::finish_record() {
    record_.ended = engine_.now();
    record_.events = engine_.events_happened();
    std::vector<std::string> files;
    record_.digest_mbox.emplace();
    for (const auto& [path, content] : disk_.content()) {
        files.push_back(path);
        if (!path.ends_with("/digest.mbox")) continue;
        const auto posts = recorder_.posts_in(content);
        record_.digest_mbox->insert(record_.digest_mbox->end(), posts.begin(), posts.end());
    }
    record_.foreign_files = recorder_.reconcile(files);
    for (entry_record& entry : record_.entries) {
        if (entry.fate == entry_fate::waiting && is_orphan(entry)) {
            entry.fate = entry_fate::orphaned;
        }
    }
}

result<void> check(const scenario& setting, const message_stream& stream,
                   const site_program& program) {
    if (setting.machines.empty()) {
        return failure(error_code::malformed, "machine", "expected at least one machine");
    }
    if (std::none_of(setting.machines.begin(), setting.machines.end(),
                     [](const machine_choice& m) { return m.accepts_posts; })) {
        return failure(error_code::malformed, "machine",
                       "expected at least one machine that accepts posts");
    }
    for (const machine_choice& m : setting.machines) {
        for (const runner_choice& r : m.runners) {
            const auto& known = program.runners();
            if (std::none_of(known.begin(), known.end(),
                             [&](const auto& k) { return k.class_name == r.runner; })) {
                std::string names;
                for (const auto& k : known) names += (names.empty() ? "" : ", ") + k.class_name;
                return failure(error_code::malformed, m.name,
                               "no runner '" + r.runner + "'; there are " + names);
            }
            if (auto checked = program.check(r); !checked) {
                return failure(checked.error().code, m.name + ", " + to_string(r),
                               checked.error().what);
            }
        }
    }
    for (const arrival& a : stream.arrivals) {
        if (a.list >= stream.lists.size()) {
            return failure(error_code::malformed, "stream", "a post to a list that is not there");
        }
    }
    return {};
}

// What most runners of a queue divide it into; 0: it has no runners.
std::uint64_t slices_of(const scenario& setting, const site_program& program,
                        const std::string& queue) {
    std::map<std::uint64_t, std::size_t> votes;
    for (const machine_choice& m : setting.machines) {
        for (const runner_choice& r : m.runners) {
            for (const auto& known : program.runners()) {
                if (known.class_name == r.runner && known.queue == queue) ++votes[r.slices];
            }
        }
    }
    std::uint64_t most = 0;
    std::size_t votes_of_most = 0;
    for (const auto& [slices, count] : votes) {
        if (count >= votes_of_most) {
            most = slices;
            votes_of_most = count;
        }
    }
    return most;
}

}  // namespace

result<run_record> simulate(const scenario& setting, message_stream stream,
                            const site_program& program, const simulation_hooks& hooks) {
    if (auto checked = check(setting, stream, program); !checked) {
        return failure(checked.error());
    }
    run_record record;
    record.setting = setting;
    record.stream = std::move(stream);
    record.queues = queues_of(program);
    for (const std::string& queue : record.queues) {
        record.queue_slices.push_back(slices_of(setting, program, queue));
    }
    const mailing_lists lists(setting, record.stream);
    for (const arrival& a : record.stream.arrivals) {
        post_record p;
        p.arrived = a.time;
        p.wants_archive = lists.all()[a.list].archive;
        p.recipients = static_cast<std::uint32_t>(lists.all()[a.list].recipients.size());
        record.posts.push_back(p);
    }
    // A course of the scenario's own is for runs that nothing else guides.
    const bool leaves_usual =
        setting.course.any_order || setting.course.delays > 0 || setting.course.crashes > 0;
    const bool guided =
        leaves_usual && !hooks.chooser && hooks.crash_states == nullptr && !hooks.on_start;
    if (!guided) {
        if (auto ran = running_site(record, program, hooks).run(); !ran) {
            return failure(ran.error());
        }
        return record;
    }
    auto choices = recorded_choices::parse(setting.course.answers);
    if (!choices) {
        return failure(error_code::malformed, "course.answers",
                       "expected texts QUESTION:ANSWER, such as \"17:1\"");
    }
    guided_course course(setting.course, *choices, hooks.observer);
    simulation_hooks own = course.hooks();
    own.tie_seed = hooks.tie_seed;
    if (auto ran = running_site(record, program, own).run(); !ran) return failure(ran.error());
    return record;
}

result<run_record> simulate(const scenario& setting, message_stream stream,
                            const simulation_hooks& hooks) {
    const auto program = standard_program(setting.policy);
    if (!program) return failure(program.error());
    return simulate(setting, std::move(stream), **program, hooks);
}

}  // namespace qslice::sim
