#include "sim/forecast/forecast.hpp"

#include "sim/engine/parallel.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/run_record.hpp"
#include "sim/site/queue_tree.hpp"

#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/runner/mailman_times.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

using diagnosis::mailman_version;

/// Everything that the cases have in common.
struct site_model {
    policy_choice policy;
    std::unique_ptr<site_program> program;
    standing_site standing;
    message_stream stream;
    double work_s = 0;  ///< all work, by one runner
};

message_stream stream_of(std::size_t posts, double now_s) {
    // So many lists that no two runners wait for one list's lock.
    constexpr std::uint32_t most_lists = 1000;
    message_stream stream;
    const auto lists = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(posts, 1, static_cast<std::size_t>(most_lists)));
    for (std::uint32_t l = 0; l < lists; ++l) stream.lists.push_back("list" + std::to_string(l));
    stream.senders.emplace_back("sender@qslice.example");
    for (std::uint32_t p = 0; p < posts; ++p) {
        arrival a;
        a.time = to_virtual_time(now_s);
        a.list = p % lists;
        a.message_id = p + 1;
        stream.arrivals.push_back(a);
    }
    return stream;
}

scenario scenario_of(const site_model& model, const std::vector<runner_choice>& running,
                     const forecast_options& options) {
    scenario s;
    s.name = "forecast";
    s.seed = options.seed;
    s.policy = model.policy;
    s.machines.push_back({.name = "site", .runners = running});
    // The paces are those of whole entries, storage included.
    s.storage.kind = "memory";
    s.list_defaults.members = 1;
    s.list_defaults.digest_members = 0;
    s.services.archive.mean_s = 0;
    s.services.delivery.mean_s = 0;
    s.services.delivery_per_recipient_s = 0;
    s.digests.period_s = 0;
    s.start_within_s = 0;
    // Even one after another, and with two rounds of retry/, everything has ended by then.
    s.drain_s = 2 * model.work_s + 3 * mailman_times::retry_sleep_s;
    return s;
}

/// The class name of the runner of a queue; empty: the simulation has none.
std::string runner_of(const site_program& program, std::string_view queue) {
    for (const auto& known : program.runners()) {
        if (known.queue == queue) return known.class_name;
    }
    return {};
}

/// A queue's division as its administrator states it, and its model.
struct modelled_queue {
    forecast_queue facts;
    diagnosis::queue_plan plan;
    std::vector<entry_name> entries;

    [[nodiscard]] bool divided() const { return plan.division.slice_count() > 1; }

    /// A runner for each of n slices.
    [[nodiscard]] std::vector<runner_choice> all(std::uint64_t n) const {
        std::vector<runner_choice> runners;
        for (std::uint64_t k = 0; k < n; ++k) runners.push_back({facts.runner, k, n});
        return runners;
    }

    /// Slices that no runner takes.
    [[nodiscard]] std::vector<runner_choice> missing() const {
        std::vector<runner_choice> runners;
        for (const runner_choice& r : all(plan.division.slice_count())) {
            if (plan.runners_of(static_cast<slice_index>(r.slice)) == 0) runners.push_back(r);
        }
        return runners;
    }
};

/// The site as modelled.
struct modelled_site {
    std::vector<modelled_queue> queues;
    std::vector<runner_choice> running;
    site_model model;

    [[nodiscard]] const modelled_queue* find(std::string_view queue) const {
        const auto found = std::find_if(queues.begin(), queues.end(), [&](const modelled_queue& q) {
            return q.facts.queue == queue;
        });
        return found == queues.end() ? nullptr : &*found;
    }
};

measured_pace exact_pace(double seconds) { return {seconds, seconds, seconds, 0, 1}; }

void set_pace(forecast_queue& queue, const forecast_options& options) {
    if (const auto stated = options.paces.find(queue.queue); stated != options.paces.end()) {
        queue.pace = exact_pace(stated->second);
        queue.source = pace_source::stated;
        return;
    }
    const double assumed_s = assumed_pace_s(queue.queue);
    if (options.history != nullptr) {
        const auto pace = busy_pace(marks_of(*options.history, queue.queue));
        if (pace && (pace->is_certain() || pace->mean_s < assumed_s)) {
            queue.pace = *pace;
            queue.source = pace->is_certain() ? pace_source::measured : pace_source::at_most;
            return;
        }
    }
    queue.pace = exact_pace(assumed_s);
}

/// What became of the entries that lie there.
void read_ends(const run_record& record, const modelled_site& site, forecast_case& into) {
    virtual_time last = record.started;
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> stuck;
    std::vector<bool> done(record.posts.size(), true);
    for (const entry_record& entry : record.entries) {
        if (entry.finished != never) {
            last = std::max(last, entry.finished);
            continue;
        }
        const modelled_queue* const queue = site.find(record.queues[entry.queue]);
        if (queue == nullptr) continue;
        // Of a case with another number of slices, nothing is left.
        ++stuck[{queue->facts.queue, queue->plan.division.slice_of(entry.name.hash)}];
        if (entry.post < done.size()) done[entry.post] = false;
    }
    into.ends_s = to_seconds(last - record.started);
    into.done = static_cast<std::uint64_t>(std::count(done.begin(), done.end(), true));
    for (const auto& [where, entries] : stuck) {
        into.stuck.push_back({where.first, where.second,
                              site.find(where.first)->plan.division.slice_count(), entries});
    }
    duration longest{};
    for (const process_record& process : record.processes) {
        if (process.queue == none || process.working <= longest) continue;
        longest = process.working;
        into.limit = record.queues[process.queue];
    }
    const modelled_queue* const limit = site.find(into.limit);
    if (limit == nullptr) return;
    into.source = limit->facts.source;
    into.low_s = into.ends_s * limit->facts.pace.low_s / limit->facts.pace.mean_s;
    into.high_s = into.ends_s * limit->facts.pace.high_s / limit->facts.pace.mean_s;
}

std::vector<runner_choice> together(std::vector<runner_choice> a,
                                    const std::vector<runner_choice>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// The slice with the most entries, over the queues that are divided most.
std::optional<std::uint64_t> fullest_slice(const modelled_site& site) {
    std::vector<std::uint64_t> counts;
    for (const modelled_queue& q : site.queues) {
        if (!q.divided()) continue;
        counts.resize(std::max<std::size_t>(counts.size(), q.plan.division.slice_count()));
        for (const entry_name& name : q.entries) ++counts[q.plan.division.slice_of(name.hash)];
    }
    if (counts.empty()) return std::nullopt;
    return static_cast<std::uint64_t>(
        std::distance(counts.begin(), std::max_element(counts.begin(), counts.end())));
}

/// Names the runners by the classes that the simulation has.
std::vector<runner_choice> of_program(const site_program& program,
                                      const std::vector<runner_choice>& runners) {
    std::vector<runner_choice> known;
    for (const runner_choice& r : runners) {
        const auto queue = diagnosis::queue_of_runner(r.runner);
        std::string name = runner_of(program, queue.value_or(""));
        for (const auto& own : program.runners()) {
            if (own.class_name == r.runner) name = r.runner;
        }
        if (!name.empty()) known.push_back({std::move(name), r.slice, r.slices});
    }
    return known;
}

struct planned_case {
    forecast_case shown;
    std::vector<runner_choice> running;
};

std::vector<planned_case> plan_cases(const modelled_site& site, const forecast_options& options) {
    std::vector<planned_case> cases;
    cases.push_back({{}, site.running});
    std::vector<runner_choice> missing;
    for (const modelled_queue& q : site.queues) missing = together(missing, q.missing());
    const std::vector<runner_choice> whole = together(site.running, missing);
    if (!missing.empty()) {
        cases.push_back(
            {{.what = forecast_case::kind::missing_started, .runners = missing}, whole});
    }
    std::uint64_t most = 0;
    for (const modelled_queue& q : site.queues) {
        most = std::max<std::uint64_t>(most, q.plan.division.slice_count());
    }
    const bool three = site.model.policy.format == "mailman3";
    const std::uint64_t other =
        options.other_slices != 0 ? options.other_slices : (three ? 2 * most : most + 1);
    if (!named_partition(site.model.policy.partition).has_own_numbers()) {
        planned_case changed{{.what = forecast_case::kind::other_slices, .slices = other}, {}};
        for (const modelled_queue& q : site.queues) {
            const bool changes = q.divided() || (most == 1 && !q.entries.empty());
            changed.running =
                together(changed.running, q.all(changes ? other : q.plan.division.slice_count()));
        }
        cases.push_back(std::move(changed));
    }
    std::vector<runner_choice> lost = of_program(*site.model.program, options.lost);
    if (const auto slice = fullest_slice(site); lost.empty() && slice) {
        for (const modelled_queue& q : site.queues) {
            const std::uint64_t n = q.plan.division.slice_count();
            if (q.divided() && *slice < n) lost.push_back({q.facts.runner, *slice, n});
        }
    }
    if (!lost.empty()) {
        planned_case without{{.what = forecast_case::kind::machine_lost, .runners = lost}, whole};
        std::erase_if(without.running, [&](const runner_choice& r) {
            return std::find(lost.begin(), lost.end(), r) != lost.end();
        });
        cases.push_back(std::move(without));
    }
    return cases;
}

result<modelled_site> model_site(const diagnosis::queue_tree& tree, forecast& found,
                                 const forecast_options& options) {
    modelled_site site;
    site_model& model = site.model;
    model.policy.format = found.version == mailman_version::v3 ? "mailman3" : "mailman21";
    model.policy.hash = model.policy.format;
    model.policy.list_locks = "qslice";
    if (!options.plan.partition.empty()) model.policy.partition = options.plan.partition;
    auto program = standard_program(model.policy);
    if (!program) return failure(program.error());
    model.program = std::move(*program);
    const auto plan = diagnosis::slice_plan::make(options.plan);
    if (!plan) return failure(plan.error());
    if (auto taken = plan->accepted_by(found.version); !taken) return failure(taken.error());
    if (options.plan.running) site.running = of_program(*model.program, *options.plan.running);

    auto live = list_live_queues(tree);
    if (!live) return failure(live.error());
    for (const auto& runner : model.program->runners()) {
        modelled_queue& q = site.queues.emplace_back();
        q.facts.queue = runner.queue;
        q.facts.runner = runner.class_name;
        auto queue_plan = plan->for_queue(runner.queue);
        if (!queue_plan) return failure(queue_plan.error());
        q.plan = std::move(*queue_plan);
        // What runs tells more than a number for all queues.
        if (q.plan.groups.size() == 1) q.plan.division = q.plan.groups.front().division;
        q.facts.slices = q.plan.division.slice_count();
        if (!options.plan.running) site.running = together(site.running, q.all(q.facts.slices));
        q.facts.runners = static_cast<std::uint64_t>(
            std::count_if(site.running.begin(), site.running.end(),
                          [&](const runner_choice& r) { return r.runner == runner.class_name; }));
        set_pace(q.facts, options);
        model.standing.paces.push_back(
            {runner.queue, {service_time::shape::constant, q.facts.pace.mean_s, 1}});
    }
    for (live_queue& queue : *live) {
        const auto q = std::find_if(site.queues.begin(), site.queues.end(),
                                    [&](const auto& m) { return m.facts.queue == queue.queue; });
        if (q == site.queues.end()) {
            if (!queue.entries.empty()) found.left_out.push_back(std::move(queue));
            continue;
        }
        q->entries = std::move(queue.entries);
        q->facts.entries = q->entries.size();
        q->facts.in_hand = queue.in_hand;
        for (const entry_name& name : q->entries) {
            model.standing.entries.push_back({q->facts.queue, name});
        }
    }
    double each_s = 0;
    for (const modelled_queue& q : site.queues) each_s += q.facts.pace.mean_s;
    model.work_s = each_s * static_cast<double>(model.standing.entries.size());
    model.stream = stream_of(model.standing.entries.size(), found.now_s);
    return site;
}

}  // namespace

result<forecast> make_forecast(const std::string& directory, const forecast_options& options) {
    const auto tree = diagnosis::find_queues(directory);
    if (!tree) return failure(tree.error());
    forecast found;
    found.root = tree->root;
    found.version = options.version.value_or(tree->version);
    found.now_s = options.now_s;
    found.assumed_running = !options.plan.running;
    auto site = model_site(*tree, found, options);
    if (!site) return failure(site.error());
    for (const auto& [queue, pace] : options.paces) {
        if (site->find(queue) == nullptr) {
            return failure(error_code::malformed, "--pace",
                           "expected a queue whose runner is simulated, found '" + queue + "'");
        }
    }
    std::vector<planned_case> cases = plan_cases(*site, options);
    std::vector<std::optional<error>> problems(cases.size());
    for_each_index(cases.size(), options.jobs, [&](std::uint64_t i) {
        simulation_hooks hooks;
        hooks.standing = &site->model.standing;
        const auto record = simulate(scenario_of(site->model, cases[i].running, options),
                                     site->model.stream, *site->model.program, hooks);
        if (!record) {
            problems[i] = record.error();
            return;
        }
        read_ends(*record, *site, cases[i].shown);
    });
    for (const auto& problem : problems) {
        if (problem) return failure(*problem);
    }
    for (planned_case& c : cases) found.cases.push_back(std::move(c.shown));
    for (modelled_queue& q : site->queues) found.queues.push_back(std::move(q.facts));
    return found;
}

}  // namespace qslice::sim
