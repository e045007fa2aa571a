#include "sim/site/site_history.hpp"

#include "sim/site/mailman_names.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

namespace qslice::sim::diagnosis {

namespace {

constexpr double restart_takes_s = 300;   // from a runner's end to its successor's first entry
constexpr double started_at_once_s = 60;  // mailmanctl starts all runners in a row

/// Tracks one machine's processes through its log entries.
class process_tracker {
public:
    process_tracker(std::size_t machine, std::vector<runner_run>& runs)
        : machine_(machine), runs_(runs), first_(runs.size()) {}

    /// The maximum number of slices per runner that the machine has served, by which unlogged ends
    /// of processes are detected.
    void expect(const subprocess_exit& exit) {
        served_[exit.runner].insert({exit.slice, exit.slices});
    }

    /// @returns the run of the process that wrote the entry, if known
    std::optional<std::size_t> see(log_time time, std::uint64_t pid, const log_event& event) {
        if (const auto* started = std::get_if<runner_started>(&event)) start(time, pid, *started);
        const auto run = run_of(pid);
        if (run) runs_[*run].seen_last = std::max(runs_[*run].seen_last, time);
        if (const auto* exiting = std::get_if<runner_exiting>(&event)) {
            end(run_or_new(time, pid, exiting->runner), time);
        } else if (const auto* caught = std::get_if<runner_caught>(&event)) {
            run_or_new(time, pid, caught->runner);
        } else if (const auto* exit = std::get_if<subprocess_exit>(&event)) {
            exited(time, *exit);
        } else if (const auto* master = std::get_if<master_event>(&event)) {
            if (master->happened == master_event::what::started) all_vanish();
        }
        return run_of(pid);
    }

private:
    [[nodiscard]] std::optional<std::size_t> run_of(std::uint64_t pid) const {
        const auto at = by_pid_.find(pid);
        return at == by_pid_.end() ? std::nullopt : std::optional(at->second);
    }

    std::size_t add(log_time time, std::uint64_t pid, std::string runner) {
        runner_run run;
        run.machine = machine_;
        run.runner = std::move(runner);
        run.pid = pid;
        run.seen_first = time;
        run.seen_last = time;
        runs_.push_back(std::move(run));
        by_pid_[pid] = runs_.size() - 1;
        return runs_.size() - 1;
    }

    /// The process's run; a new one if it started before the logs begin.
    std::size_t run_or_new(log_time time, std::uint64_t pid, const std::string& runner) {
        const auto run = run_of(pid);
        if (run && runs_[*run].runner == runner) return *run;
        if (run) vanish(*run);
        return add(time, pid, runner);
    }

    void start(log_time time, std::uint64_t pid, const runner_started& started) {
        if (const auto before = run_of(pid)) vanish(*before);
        forget_one_too_many(started.runner);
        const std::size_t run = add(time, pid, started.runner);
        runs_[run].started = time;
        const auto awaited = std::find_if(awaited_.begin(), awaited_.end(), [&](const auto& a) {
            return a.exit.runner == started.runner && time - a.time <= restart_takes_s;
        });
        if (awaited == awaited_.end()) return;
        runs_[run].slice = awaited->exit.slice;
        runs_[run].slices = awaited->exit.slices;
        runs_[run].source = slice_source::restart;
        awaited_.erase(awaited);
    }

    void end(std::size_t run, log_time time) {
        if (!runs_[run].ended) runs_[run].ended = time;
    }

    /// It has ended without a log entry.
    void vanish(std::size_t run) {
        if (runs_[run].ended) return;
        runs_[run].ended = runs_[run].seen_last;
        runs_[run].vanished = true;
    }

    void all_vanish() {
        for (std::size_t run = first_; run < runs_.size(); ++run) vanish(run);
        by_pid_.clear();
        awaited_.clear();
    }

    /// A machine that loses power leaves runs without an end. If more runs of a runner would be
    /// active than the machine has ever served at once, the oldest has ended.
    void forget_one_too_many(const std::string& runner) {
        const auto served = served_.find(runner);
        if (served == served_.end()) return;
        std::vector<std::size_t> open;
        for (std::size_t run = first_; run < runs_.size(); ++run) {
            if (runs_[run].runner == runner && !runs_[run].ended) open.push_back(run);
        }
        if (open.size() >= served->second.size()) vanish(open.front());
    }

    void exited(log_time time, const subprocess_exit& exit) {
        const std::size_t run = run_or_new(time, exit.pid, exit.runner);
        runner_run& r = runs_[run];
        r.slice = exit.slice;
        r.slices = exit.slices;
        r.source = slice_source::exit_entry;
        r.signal = exit.signal;
        r.status = exit.status;
        r.restarted = exit.restarting;
        end(run, time);
        by_pid_.erase(exit.pid);
        if (exit.restarting) awaited_.push_back({exit, time});
    }

    struct awaited_start {
        subprocess_exit exit;
        log_time time;
    };

    std::size_t machine_;
    std::vector<runner_run>& runs_;
    std::size_t first_;  ///< of the machine's runs
    std::unordered_map<std::uint64_t, std::size_t> by_pid_;
    std::vector<awaited_start> awaited_;
    std::map<std::string, std::set<std::pair<std::uint64_t, std::uint64_t>>> served_;
};

bool same_runner(std::string_view a, std::string_view b) {
    return a == b || (queue_of_runner(a) && queue_of_runner(a) == queue_of_runner(b));
}

/// Infers the unknown slices of one machine's runs of a runner from the known ones.
void infer_slices(std::vector<runner_run*>& runs, const std::vector<runner_choice>& told) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> served;
    for (const runner_run* run : runs) {
        if (run->slice) served.insert({*run->slice, run->slices});
    }
    const auto assign = [](runner_run& run, std::uint64_t slice, std::uint64_t slices,
                           slice_source source) {
        run.slice = slice;
        run.slices = slices;
        run.source = source;
    };
    const auto only = [&]() -> const runner_choice* {
        const runner_choice* found = nullptr;
        for (const runner_choice& choice : told) {
            if (!same_runner(choice.runner, runs.front()->runner)) continue;
            if (found != nullptr) return nullptr;
            found = &choice;
        }
        return found;
    }();
    std::uint64_t slices = served.empty() ? 0 : served.begin()->second;
    std::size_t expected = served.size();
    std::vector<std::uint64_t> order;
    for (const auto& [slice, n] : served) order.push_back(slice);
    if (only == nullptr && served.empty()) {
        for (const runner_choice& choice : told) {
            if (!same_runner(choice.runner, runs.front()->runner)) continue;
            order.push_back(choice.slice);
            slices = choice.slices;
            ++expected;
        }
        std::sort(order.begin(), order.end());
    }
    std::vector<runner_run*> batch;  // runs with unknown slices that started together
    const auto close_batch = [&] {
        if (expected > 1 && batch.size() == expected) {
            std::sort(batch.begin(), batch.end(),
                      [](const runner_run* a, const runner_run* b) { return a->pid < b->pid; });
            for (std::size_t i = 0; i < batch.size(); ++i) {
                assign(*batch[i], order[i], slices, slice_source::start_order);
            }
        }
        batch.clear();
    };
    for (runner_run* run : runs) {
        if (run->slice) continue;
        if (only != nullptr) {
            assign(*run, only->slice, only->slices, slice_source::told);
        } else if (expected == 1) {
            assign(*run, order.front(), slices, slice_source::as_before);
        } else if (run->started) {
            if (!batch.empty() && *run->started - *batch.front()->started > started_at_once_s) {
                close_batch();
            }
            batch.push_back(run);
        }
    }
    close_batch();
}

}  // namespace

std::uint64_t site_history::lines() const {
    std::uint64_t sum = 0;
    for (const machine_history& m : machines) sum += m.lines;
    return sum;
}

std::size_t history_builder::machine(std::string_view name) {
    for (std::size_t m = 0; m < machines_.size(); ++m) {
        if (machines_[m].name == name) return m;
    }
    machines_.emplace_back().name = name;
    entries_.emplace_back();
    return machines_.size() - 1;
}

bool history_builder::knows(std::string_view name) const {
    return std::any_of(machines_.begin(), machines_.end(),
                       [&](const machine_history& m) { return m.name == name; });
}

void history_builder::add(std::size_t machine, log_time time, log_line line, std::string place) {
    machine_history& m = machines_[machine];
    m.first = std::min(m.first.value_or(time), time);
    m.last = std::max(m.last.value_or(time), time);
    // A runner's process is recognised by its pid in every entry; other entries are only counted.
    entries_[machine].push_back({time, line.pid, std::move(line.event), std::move(place)});
}

void history_builder::add_not_understood(std::size_t machine, std::string place,
                                         std::string_view text) {
    ++machines_[machine].not_understood;
    if (not_understood_.size() < most_shown) {
        not_understood_.push_back({std::move(place), std::string(text.substr(0, 200))});
    }
}

void history_builder::add_other(std::string place, std::string_view text) {
    if (other_.size() < most_shown) {
        other_.push_back({std::move(place), std::string(text.substr(0, 200))});
    }
}

site_history history_builder::finish(const history_options& options) {
    site_history history;
    std::optional<log_time> first;
    std::optional<log_time> last;
    for (const machine_history& m : machines_) {
        if (m.first) first = std::min(first.value_or(*m.first), *m.first);
        if (m.last) last = std::max(last.value_or(*m.last), *m.last);
    }
    history.from = options.from.value_or(first.value_or(0));
    history.to = options.to.value_or(last.value_or(history.from));
    const auto inside = [&](log_time t) { return t >= history.from && t <= history.to; };

    for (std::size_t m = 0; m < machines_.size(); ++m) {
        machine_history& figures = machines_[m];
        auto& entries = entries_[m];
        std::stable_sort(
            entries.begin(), entries.end(),
            [](const stored_entry& a, const stored_entry& b) { return a.time < b.time; });
        process_tracker tracker(m, history.runs);
        for (const stored_entry& e : entries) {
            if (const auto* exit = std::get_if<subprocess_exit>(&e.event)) tracker.expect(*exit);
        }
        for (stored_entry& e : entries) {
            const auto run = tracker.see(e.time, e.pid, e.event);
            if (!inside(e.time)) continue;
            const auto trouble = [&](std::string kind, std::string what) {
                history.troubles.push_back({m, e.time, std::move(kind), std::move(what), e.place});
            };
            if (auto* done = std::get_if<delivered>(&e.event)) {
                ++figures.deliveries;
                figures.recipients += done->recipients;
                if (run) ++history.runs[*run].deliveries;
                history.deliveries.push_back(
                    {m, run.value_or(std::numeric_limits<std::size_t>::max()), e.time,
                     done->recipients, done->message_id + ' ' + done->list});
            } else if (const auto* post = std::get_if<posted>(&e.event)) {
                ++(post->success ? figures.posted : figures.failed);
            } else if (const auto* vet = std::get_if<vetted>(&e.event)) {
                figures.held += vet->happened == vetted::what::held;
                figures.discarded += vet->happened == vetted::what::discarded ||
                                     vet->happened == vetted::what::rejected;
            } else if (auto* entry = std::get_if<entry_trouble>(&e.event)) {
                trouble(entry->happened == entry_trouble::what::shunted ? "shunted" : "preserved",
                        std::move(entry->base));
            } else if (auto* exception = std::get_if<exception_text>(&e.event)) {
                trouble(exception->about_a_name ? "malformed-name" : "exception",
                        std::move(exception->text));
            } else if (auto* limit = std::get_if<restart_limit>(&e.event)) {
                trouble("restart-limit", std::move(limit->runner));
            }
        }
        std::map<std::string, std::vector<runner_run*>> by_runner;
        for (runner_run& run : history.runs) {
            if (run.machine == m) by_runner[run.runner].push_back(&run);
        }
        const auto told = options.told.find(figures.name);
        for (auto& [runner, runs] : by_runner) {
            infer_slices(runs,
                         told == options.told.end() ? std::vector<runner_choice>{} : told->second);
        }
        entries.clear();
    }
    history.machines = std::move(machines_);
    const auto shorten = [&](std::vector<shown_line>& lines) {
        lines.resize(std::min(lines.size(), options.shown_lines));
        return std::move(lines);
    };
    history.not_understood = shorten(not_understood_);
    history.other = shorten(other_);
    *this = {};
    return history;
}

}  // namespace qslice::sim::diagnosis
