#include "sim/plan/slice_search.hpp"

#include "sim/check/check_run.hpp"
#include "sim/check/statistics.hpp"
#include "sim/engine/parallel.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/model/process_name.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/built_site.hpp"

#include <qslice/partition/named_partition.hpp>
#include <qslice/runner/mailman_times.hpp>

#include <boost/math/distributions/binomial.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

namespace qslice::sim {

namespace {

/// Slices of the first simulation: not so few that a queue never empties, nor so many that waits
/// for locks hide the work.
constexpr std::uint64_t pilot_slices = 4;

/// The number of the first replication that checks a choice; the search has those before.
constexpr std::uint64_t first_check = 1'000'000;

/// The runner classes of a site, in order of first appearance.
std::vector<std::string> classes_of(const scenario& site) {
    std::vector<std::string> names;
    for (const machine_choice& m : site.machines) {
        for (const runner_choice& r : m.runners) {
            if (std::find(names.begin(), names.end(), r.runner) == names.end()) {
                names.push_back(r.runner);
            }
        }
    }
    return names;
}

/// How long a runner of that class sleeps before it looks again.
double sleep_of(const site_program& program, const std::string& class_name) {
    for (const auto& runner : program.runners()) {
        if (runner.class_name == class_name) return runner.sleep_s;
    }
    return mailman_times::idle_sleep_s;
}

/// The share of the posts of the largest list or sender; 0 if the policy keeps neither together.
double largest_share(const message_stream& stream, affinity_kind together) {
    if (together != affinity_kind::list && together != affinity_kind::sender) return 0;
    std::map<std::uint32_t, std::uint64_t> counts;
    std::uint64_t most = 0;
    for (const arrival& a : stream.arrivals) {
        most = std::max(most, ++counts[together == affinity_kind::list ? a.list : a.sender]);
    }
    return static_cast<double>(most) /
           static_cast<double>(std::max<std::size_t>(stream.arrivals.size(), 1));
}

/// The slices of that class in the program's own site; 0: it has none.
std::uint64_t built_slices(const std::string& class_name) {
    if (own_built_site() == nullptr) return 0;
    for (const built_site::runner& r : own_built_site()->runners) {
        if (r.class_name == class_name) return r.slices;
    }
    return 0;
}

/// The service times of one queue's entries, in a run with enough slices.
/// @param p  the goal's quantile; 0: the mean
queue_load load_of(const run_record& run, const site_program& program,
                   const std::string& class_name, std::uint32_t queue, double duration_s,
                   double p) {
    queue_load load;
    load.runner = class_name;
    load.queue = run.queues[queue];
    load.sleep_s = sleep_of(program, class_name);
    std::vector<double> services;
    for (const entry_record& e : run.entries) {
        if (e.queue != queue) continue;
        ++load.entries;
        if (e.finished != never && e.taken != never)
            services.push_back(to_seconds(e.finished - e.taken));
    }
    if (duration_s > 0) load.per_second = static_cast<double>(load.entries) / duration_s;
    const sample_summary summary = summarize(services);
    if (summary.count > 0) load.service_s = summary.mean;
    if (summary.count > 1 && summary.mean > 0) {
        load.service_scv = summary.variance / (summary.mean * summary.mean);
    }
    if (summary.count > 0) {
        std::sort(services.begin(), services.end());
        load.service_at_goal_s = p == 0 ? summary.mean : quantile_of_sorted(services, p);
    }
    return load;
}

class planner {
public:
    explicit planner(const plan_setting& setting)
        : setting_(setting), goal_(setting.goal), classes_(classes_of(setting.site)) {}

    result<goal_plan> plan() {
        if (const auto ready = prepare(); !ready) return failure(ready.error());
        if (const auto measured = measure_loads(); !measured) return failure(measured.error());
        auto found = search();
        if (found && found->met && setting_.checks > 0) found = confirm(*std::move(found));
        if (!found) return failure(found.error());
        return finish(*found);
    }

private:
    using counts = slice_counts;

    result<void> prepare() {
        auto program = program_for(setting_.site.policy);
        if (!program) return failure(program.error());
        program_ = *std::move(program);
        if (goal_.wanted.measure.starts_with("latency.") && goal_.to != "archive") {
            goal_.from = program_->way().entry_queue;
            goal_.to = program_->way().exit_queue;
        }
        const named_partition partition(setting_.site.policy.partition);
        if (own_built_site() == nullptr && partition.has_own_numbers()) {
            return failure(
                error_code::malformed, setting_.site.name,
                "the partition '" + partition.text() +
                    "' includes a number of slices; expected only a kind, such as equal");
        }
        for (std::uint64_t n = 1; n <= setting_.most_slices; ++n) {
            const bool all = std::all_of(classes_.begin(), classes_.end(), [&](const auto& name) {
                return program_->check({name, 0, n}).has_value();
            });
            if (all) allowed_.push_back(n);
        }
        if (allowed_.empty() && !classes_.empty() && own_built_site() != nullptr) {
            return failure(error_code::malformed, setting_.site.name,
                           "its partition has one number of slices, so a plan cannot choose "
                           "another; one that is made of a number, such as equal_ranges<>, can");
        }
        if (classes_.empty() || allowed_.empty()) {
            return failure(error_code::malformed, setting_.site.name,
                           "no runner to plan for; expected a machine with runners");
        }
        return {};
    }

    [[nodiscard]] std::uint64_t seed_of(std::uint64_t replication) const {
        return random_stream(setting_.site.seed, "replication", replication)() >> 1;
    }

    /// The smallest number of slices, at least n, that a partition permits; the maximum if there is
    /// none.
    [[nodiscard]] std::uint64_t at_least(std::uint64_t n) const {
        const auto at = std::lower_bound(allowed_.begin(), allowed_.end(), n);
        return at == allowed_.end() ? allowed_.back() : *at;
    }
    [[nodiscard]] std::uint64_t below(std::uint64_t n) const {
        const auto at = std::lower_bound(allowed_.begin(), allowed_.end(), n);
        return at == allowed_.begin() ? 0 : *(at - 1);
    }

    /// Slice k of each runner on machine k.
    [[nodiscard]] std::vector<machine_choice> machines_of(
        const std::vector<std::uint64_t>& slices_of_class) const {
        std::vector<machine_choice> machines(
            *std::max_element(slices_of_class.begin(), slices_of_class.end()));
        for (std::size_t m = 0; m < machines.size(); ++m) {
            machines[m].name = "machine" + std::to_string(m + 1);
            for (std::size_t c = 0; c < classes_.size(); ++c) {
                if (m < slices_of_class[c]) {
                    machines[m].runners.push_back({classes_[c], m, slices_of_class[c]});
                }
            }
        }
        return machines;
    }

    [[nodiscard]] std::vector<machine_choice> machines_for(const counts& slices) const {
        std::vector<std::uint64_t> of_class(classes_.size(), 1);
        for (std::size_t r = 0; r < slices.size(); ++r) of_class[class_of_[r]] = slices[r];
        return machines_of(of_class);
    }

    [[nodiscard]] scenario site_with(std::vector<machine_choice> machines,
                                     std::uint64_t seed) const {
        scenario s = setting_.site;
        s.machines = std::move(machines);
        s.seed = seed;
        s.faults.clear();
        s.requirements.clear();
        s.course = {};
        return s;
    }

    result<run_record> play(const scenario& s) const {
        auto stream = setting_.stream(s.seed);
        if (!stream) return failure(stream.error());
        auto record = simulate(s, *std::move(stream));
        if (setting_.simulated) setting_.simulated();
        return record;
    }

    result<void> measure_loads() {
        scenario s = site_with(machines_of(std::vector(classes_.size(), at_least(pilot_slices))),
                               seed_of(0));
        // The duration does not matter, only each entry's service time.
        s.drain_s = std::max(s.drain_s, 365.0 * 86400);
        const auto record = play(s);
        if (!record) return failure(record.error());
        ++plan_.simulations;
        const message_stream& stream = record->stream;
        plan_.posts = stream.arrivals.size();
        plan_.keeps_together = record->policy.keeps_together;
        plan_.largest_share = largest_share(stream, plan_.keeps_together);
        if (!stream.arrivals.empty()) {
            plan_.duration_s =
                to_seconds(stream.arrivals.back().time - stream.arrivals.front().time);
        }
        dispersion_ = arrival_dispersion(stream);
        plan_.dispersion = dispersion_.measured();
        const auto way =
            record->way(record->queue_index(goal_.from), record->queue_index(goal_.to));
        for (std::size_t c = 0; c < classes_.size(); ++c) {
            const auto process = std::find_if(
                record->processes.begin(), record->processes.end(), [&](const process_record& p) {
                    return class_of_process(p.name) == classes_[c] && p.queue != none;
                });
            if (process == record->processes.end()) continue;
            planned_runner runner;
            runner.load =
                load_of(*record, *program_, classes_[c], process->queue, plan_.duration_s, goal_.p);
            if (runner.load.entries == 0) continue;
            runner.on_the_way = std::find(way.begin(), way.end(), process->queue) != way.end();
            runner.built = built_slices(classes_[c]);
            plan_.at_work += runner.load.per_second * runner.load.service_s;
            plan_.runners.push_back(std::move(runner));
            class_of_.push_back(c);
        }
        if (std::none_of(plan_.runners.begin(), plan_.runners.end(),
                         [](const planned_runner& r) { return r.on_the_way; })) {
            return failure(error_code::malformed, goal_.wanted.measure,
                           "nothing to measure: no entry reaches the queue " + goal_.from + "/");
        }
        return {};
    }

    /// The wait according to the bound, for the goal's figure.
    [[nodiscard]] double wait_of(const slice_bound& bound, const queue_load& load) const {
        const double p = goal_.p;
        if (p == 0) return bound.mean_wait_s;
        return bound.wait_quantile(std::min(p, longest_of(load)));
    }
    [[nodiscard]] double time_of(const planned_runner& r, std::uint64_t slices) const {
        const bool only_wait = goal_.wanted.measure.starts_with("wait.");
        const double p = std::min(goal_.p, longest_of(r.load));
        const double service = only_wait ? 0
                               : p == 0  ? r.load.service_s
                                         : service_quantile(r.load, p);
        return wait_of(bound_of_slice(r.load, slices, dispersion_), r.load) + service;
    }
    /// The quantile that corresponds to the maximum of this many, for a goal on max.
    static double longest_of(const queue_load& load) {
        return 1 - 1 / static_cast<double>(load.entries + 1);
    }

    /// Slices according to the bound: adds a slice where it helps most, until the sum of the
    /// queues' times is below the limit.
    counts by_bound() {
        counts slices;
        for (planned_runner& r : plan_.runners) {
            const double load = r.load.per_second * r.load.service_s;
            r.by_load = at_least(load < static_cast<double>(setting_.most_slices)
                                     ? static_cast<std::uint64_t>(load) + 1
                                     : setting_.most_slices);
            slices.push_back(r.by_load);
        }
        while (true) {
            double sum = 0;
            double best = 0;
            std::size_t next = slices.size();
            for (std::size_t r = 0; r < slices.size(); ++r) {
                if (!plan_.runners[r].on_the_way) continue;
                const double now = time_of(plan_.runners[r], slices[r]);
                sum += now;
                const std::uint64_t more = at_least(slices[r] + 1);
                if (more <= slices[r]) continue;
                const double gain = std::isinf(now) ? now : now - time_of(plan_.runners[r], more);
                if (gain > best) {
                    best = gain;
                    next = r;
                }
            }
            if (sum < goal_.wanted.value || next == slices.size()) break;
            slices[next] = at_least(slices[next] + 1);
        }
        for (std::size_t r = 0; r < slices.size(); ++r) plan_.runners[r].by_bound = slices[r];
        return slices;
    }

    struct outcome {
        double value = not_measured;
        std::vector<double> waits;
        std::vector<double> services;
        std::vector<std::uint64_t> waiting;
        std::uint64_t unfinished = 0;
    };

    result<outcome> simulate_once(const counts& slices, std::uint64_t replication) const {
        const auto record = play(site_with(machines_for(slices), seed_of(replication)));
        if (!record) return failure(record.error());
        const run_results results = check_run(*record);
        outcome done;
        done.value = results.value_of(goal_.wanted.measure);
        done.unfinished = results.conservation.queued;
        for (const planned_runner& r : plan_.runners) {
            done.waits.push_back(results.value_of("wait." + r.load.queue + '.' + goal_.figure));
            const std::uint32_t queue = record->queue_index(r.load.queue);
            done.services.push_back(
                load_of(*record, *program_, r.load.runner, queue, 0, 0).service_s);
            done.waiting.push_back(static_cast<std::uint64_t>(std::count_if(
                record->entries.begin(), record->entries.end(), [&](const entry_record& e) {
                    return e.queue == queue && e.fate == entry_fate::waiting;
                })));
        }
        return done;
    }

    /// The replications of a choice; each choice is simulated once.
    result<plan_trial> attempt(const counts& slices) {
        if (const auto known = trials_.find(slices); known != trials_.end()) return known->second;
        auto trial = replicate(slices, 0, setting_.replications);
        if (trial) trials_.emplace(slices, *trial);
        return trial;
    }

    /// @param first  the number of the first of these replications
    result<plan_trial> replicate(const counts& slices, std::uint64_t first, std::uint64_t count) {
        std::vector<result<outcome>> outcomes(count, outcome{});
        for_each_index(count, setting_.workers,
                       [&](std::uint64_t i) { outcomes[i] = simulate_once(slices, first + i); });
        plan_trial trial;
        trial.slices = slices;
        trial.waits.assign(slices.size(), 0);
        trial.services.assign(slices.size(), 0);
        trial.waiting.assign(slices.size(), 0);
        const requirement& wanted = goal_.wanted;
        for (const auto& one : outcomes) {
            if (!one) return failure(one.error());
            ++plan_.simulations;
            // If nothing was completed, the time is unknown.
            const double value =
                std::isnan(one->value) ? std::numeric_limits<double>::infinity() : one->value;
            trial.values.push_back(value);
            trial.worst = std::max(trial.worst, value);
            trial.unfinished = std::max(trial.unfinished, one->unfinished);
            const bool held = one->unfinished == 0 && meets(value, wanted);
            trial.held += held ? 1 : 0;
            for (std::size_t r = 0; r < slices.size(); ++r) {
                if (one->waits[r] > trial.waits[r]) trial.waits[r] = one->waits[r];
                trial.services[r] = std::max(trial.services[r], one->services[r]);
                trial.waiting[r] = std::max(trial.waiting[r], one->waiting[r]);
            }
        }
        trial.met = trial.held == count;
        return trial;
    }

    /// The share of all runs in which a choice holds that held in each of these.
    [[nodiscard]] double least_share(const plan_trial& trial) const {
        if (trial.held == 0) return 0;
        return boost::math::binomial_distribution<double>::find_lower_bound_on_p(
            static_cast<double>(setting_.checks), static_cast<double>(trial.held),
            1 - setting_.confidence);
    }

    /// Checks a choice with fresh seeds, and improves it until each of them confirms it.
    result<plan_trial> confirm(plan_trial chosen) {
        std::set<counts> refuted;
        for (std::uint64_t first = first_check;; first += setting_.checks) {
            auto checked = replicate(chosen.slices, first, setting_.checks);
            if (!checked) return checked;
            plan_.check = {*checked, setting_.confidence, least_share(*checked)};
            one_less_.clear();
            counts next;
            if (!checked->met) {
                refuted.insert(chosen.slices);
                const std::size_t r = slowest(*checked);
                if (chosen.slices[r] == allowed_.back()) return chosen;
                next = chosen.slices;
                next[r] = at_least(next[r] + 1);
            } else {
                for (std::size_t r = 0; r < chosen.slices.size() && next.empty(); ++r) {
                    counts less = chosen.slices;
                    less[r] = below(less[r]);
                    if (less[r] < plan_.runners[r].by_load) continue;
                    auto tried = replicate(less, first, setting_.checks);
                    if (!tried) return tried;
                    if (tried->met && !refuted.contains(less)) next = less;
                    one_less_.emplace(r, *std::move(tried));
                }
                if (next.empty()) return chosen;
            }
            auto trial = attempt(next);
            if (!trial) return trial;
            chosen = *std::move(trial);
        }
    }

    /// The runner to get more slices: the one with most entries left, or the one on the path whose
    /// entries wait longest.
    [[nodiscard]] std::size_t slowest(const plan_trial& trial) const {
        const auto rank = [&](std::size_t r) {
            const bool may_grow = trial.slices[r] < allowed_.back();
            const bool counts_here = plan_.runners[r].on_the_way || trial.waiting[r] > 0;
            return std::tuple(may_grow, trial.unfinished > 0 ? trial.waiting[r] : 0, counts_here,
                              trial.waits[r]);
        };
        std::size_t worst = 0;
        for (std::size_t r = 1; r < trial.slices.size(); ++r) {
            if (rank(r) > rank(worst)) worst = r;
        }
        return worst;
    }

    /// The maximum of slices: first for the runners on the path, since the others' work takes
    /// locks.
    result<plan_trial> largest(const counts& from) {
        counts on_the_way = from;
        for (std::size_t r = 0; r < from.size(); ++r) {
            if (plan_.runners[r].on_the_way) on_the_way[r] = allowed_.back();
        }
        auto first = attempt(on_the_way);
        if (!first || first->met) return first;
        auto all = attempt(counts(from.size(), allowed_.back()));
        if (!all || all->met) return all;
        const auto rank = [](const plan_trial& t) { return std::pair(t.unfinished, t.worst); };
        return rank(*all) < rank(*first) ? all : first;
    }

    result<plan_trial> grow(plan_trial trial) {
        if (trial.met) return trial;
        // If the largest choice fails, the smaller ones need not be tried.
        auto ceiling = largest(trial.slices);
        if (!ceiling || !ceiling->met) return ceiling;
        while (!trial.met) {
            counts more = trial.slices;
            const std::size_t r = slowest(trial);
            if (more[r] == allowed_.back()) return ceiling;
            more[r] = at_least(more[r] + std::max<std::uint64_t>(more[r] / 4, 1));
            auto next = attempt(more);
            if (!next) return next;
            trial = *std::move(next);
        }
        return trial;
    }

    result<plan_trial> shrink(plan_trial trial) {
        for (bool smaller = true; smaller;) {
            smaller = false;
            for (std::size_t r = 0; r < trial.slices.size(); ++r) {
                counts less = trial.slices;
                less[r] = below(less[r]);
                if (less[r] < plan_.runners[r].by_load) continue;
                auto next = attempt(less);
                if (!next) return next;
                if (next->met) {
                    trial = *std::move(next);
                    smaller = true;
                }
            }
        }
        return trial;
    }

    result<plan_trial> search() {
        auto trial = attempt(by_bound());
        if (trial) trial = grow(*std::move(trial));
        if (trial && trial->met) trial = shrink(*std::move(trial));
        return trial;
    }

    goal_plan finish(const plan_trial& chosen) {
        for (std::size_t r = 0; r < plan_.runners.size(); ++r) {
            planned_runner& runner = plan_.runners[r];
            runner.slices = chosen.slices[r];
            runner.bound = bound_of_slice(runner.load, runner.slices, dispersion_);
            runner.wait_bound_s = wait_of(runner.bound, runner.load);
            runner.wait_found_s = chosen.waits[r];
            counts less = chosen.slices;
            less[r] = below(less[r]);
            if (const auto checked = one_less_.find(r); checked != one_less_.end()) {
                runner.one_less = checked->second;
            } else if (const auto known = trials_.find(less); known != trials_.end()) {
                runner.one_less = known->second;
            }
        }
        plan_.goal = goal_;
        plan_.chosen = chosen;
        plan_.machines = machines_for(chosen.slices);
        return std::move(plan_);
    }

    const plan_setting& setting_;
    time_goal goal_;
    std::shared_ptr<const site_program> program_;
    const std::vector<std::string> classes_;
    std::vector<std::uint64_t> allowed_;  ///< numbers of slices, ascending
    std::vector<std::size_t> class_of_;   ///< per runner of the plan
    arrival_dispersion dispersion_{message_stream{}};
    std::map<counts, plan_trial> trials_;
    std::map<std::size_t, plan_trial> one_less_;  ///< by runner, with the seeds of the check
    goal_plan plan_;
};

}  // namespace

result<goal_plan> plan_slices(const plan_setting& setting) { return planner(setting).plan(); }

}  // namespace qslice::sim
