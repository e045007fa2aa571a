#include "sim/site/runner_run.hpp"

#include "sim/site/mailman_names.hpp"

#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace qslice::sim::diagnosis {

namespace {

constexpr double restart_takes_s = 300;    // from a runner's end to its successor's first entry
constexpr double started_at_once_s = 120;  // a master starts all runners in a row
constexpr double named_before_s = 900;     // from the master's fork to the runner's first entry
constexpr double same_period_s = 60;       // sightings closer than this are one period

using slice_of_n = std::pair<std::uint64_t, std::uint64_t>;  // slice, slices

/// Builds the runs of one machine.
class process_tracker {
public:
    explicit process_tracker(const machine_processes& known) : known_(known) {}

    traced_runs run() {
        for (const process_entry& e : known_.entries) see(e);
        add_senders();
        add_sightings();
        for (const log_time started : masters_) old_runs_at(started);
        for (auto& [runner, runs] : by_runner()) infer(runs);
        return std::move(traced_);
    }

private:
    struct awaited_start {
        subprocess_exit exit;
        log_time time;
    };
    using run_list = std::vector<std::size_t>;
    struct awaited_starts {
        std::vector<awaited_start> exits;
        run_list starts;
    };

    runner_run& at(std::size_t run) { return traced_.runs[run]; }

    void see(const process_entry& e) {
        if (const auto* started = std::get_if<runner_started>(&e.event)) {
            start(e.time, e.pid, started->runner);
        } else if (const auto* exiting = std::get_if<runner_exiting>(&e.event)) {
            end(run_or_new(e.time, e.pid, exiting->runner), e.time);
        } else if (const auto* caught = std::get_if<runner_caught>(&e.event)) {
            const std::size_t run = run_or_new(e.time, e.pid, caught->runner);
            if (caught->signal != "SIGHUP") at(run).asked = true;
        } else if (const auto* exit = std::get_if<subprocess_exit>(&e.event)) {
            exited(e.time, *exit);
        } else if (const auto* named = std::get_if<slice_named>(&e.event)) {
            name(e.time, *named);
        } else if (const auto* master = std::get_if<master_event>(&e.event)) {
            if (master->happened == master_event::what::started) masters_.push_back(e.time);
        }
    }

    [[nodiscard]] std::optional<std::size_t> run_of(std::uint64_t pid) const {
        const auto found = by_pid_.find(pid);
        return found == by_pid_.end() ? std::nullopt : std::optional(found->second);
    }

    std::size_t add(log_time time, std::uint64_t pid, std::string runner) {
        runner_run run;
        run.machine = known_.machine;
        run.runner = std::move(runner);
        run.pid = pid;
        run.seen_first = time;
        run.seen_last = time;
        traced_.runs.push_back(std::move(run));
        by_pid_[pid] = traced_.runs.size() - 1;
        return traced_.runs.size() - 1;
    }

    /// The process's run; a new one if it started before the logs begin.
    std::size_t run_or_new(log_time time, std::uint64_t pid, const std::string& runner) {
        const auto run = run_of(pid);
        if (run && at(*run).runner == runner) return *run;
        if (run) vanish(*run, time);
        return add(time, pid, runner);
    }

    void start(log_time time, std::uint64_t pid, const std::string& runner) {
        if (const auto before = run_of(pid)) vanish(*before, time);
        const std::size_t run = add(time, pid, runner);
        at(run).started = time;
        if (const auto named = named_.find(pid); named != named_.end()) {
            const auto& [when, what] = named->second;
            if (what.runner == runner && time - when <= named_before_s) {
                assign(at(run), {what.slice, what.slices}, slice_source::named);
            }
            named_.erase(named);
        }
        succeed(run);
    }

    /// Takes it as the successor of a run that the master has just restarted.
    void succeed(std::size_t run) {
        const log_time time = *at(run).started;
        awaited_starts& awaited = awaited_[at(run).runner];
        std::erase_if(awaited.exits,
                      [&](const awaited_start& a) { return time - a.time > restart_takes_s; });
        if (awaited.exits.empty()) {
            awaited.starts.clear();
            return;
        }
        restarts_.insert(run);
        awaited.starts.push_back(run);
        settle(awaited);
    }

    /// Gives runs that the master has restarted the slices of those that had ended, once there are
    /// as many of the ones as of the others.
    void settle(awaited_starts& awaited) {
        if (awaited.starts.empty() || awaited.starts.size() < awaited.exits.size()) return;
        // The master forks in the order of the ends; first entries come in any order.
        std::sort(awaited.starts.begin(), awaited.starts.end(),
                  [&](std::size_t a, std::size_t b) { return at(a).pid < at(b).pid; });
        const bool one = awaited.exits.size() == 1;
        for (std::size_t i = 0; i < awaited.exits.size(); ++i) {
            const subprocess_exit& exit = awaited.exits[i].exit;
            if (at(awaited.starts[i]).slice) continue;
            assign(at(awaited.starts[i]), {exit.slice, exit.slices},
                   one ? slice_source::restart : slice_source::start_order);
        }
        awaited = {};
    }

    /// A process that has ended without an entry of its own, after another of its slice: it was
    /// started in that one's place, and died before it could write.
    void died_at_once(std::size_t run, const subprocess_exit& exit) {
        const auto before = slice_ends_.find({exit.runner, exit.slice, exit.slices});
        if (before == slice_ends_.end()) return;
        at(run).started = before->second;
        awaited_starts& awaited = awaited_[exit.runner];
        const auto own =
            std::find_if(awaited.exits.begin(), awaited.exits.end(), [&](const awaited_start& a) {
                return a.exit.slice == exit.slice && a.exit.slices == exit.slices;
            });
        if (own == awaited.exits.end()) return;
        awaited.exits.erase(own);
        restarts_.insert(run);
        settle(awaited);
    }

    void name(log_time time, const slice_named& named) {
        const auto run = run_of(named.pid);
        if (run && at(*run).runner == named.runner && !at(*run).ended) {
            assign(at(*run), {named.slice, named.slices}, slice_source::named);
        } else {
            named_[named.pid] = {time, named};
        }
    }

    void exited(log_time time, const subprocess_exit& exit) {
        const std::size_t known = traced_.runs.size();
        const std::size_t run = run_or_new(time, exit.pid, exit.runner);
        if (run == known) died_at_once(run, exit);
        runner_run& r = at(run);
        assign(r, {exit.slice, exit.slices}, slice_source::exit_entry);
        r.signal = exit.signal;
        r.status = exit.status;
        r.restarted = exit.restarting;
        if (!r.ended || time > *r.ended) r.ended = time;
        by_pid_.erase(exit.pid);
        slice_ends_[{exit.runner, exit.slice, exit.slices}] = *r.ended;
        if (exit.restarting) awaited_[exit.runner].exits.push_back({exit, time});
    }

    void end(std::size_t run, log_time time) {
        if (!at(run).ended) at(run).ended = time;
    }

    /// It has ended without a log entry, between its last one and this time.
    void vanish(std::size_t run, log_time by) {
        if (at(run).ended) return;
        at(run).ended = std::max(by, at(run).seen_last);
        at(run).vanished = true;
    }

    static void assign(runner_run& run, slice_of_n slice, slice_source source) {
        run.slice = slice.first;
        run.slices = slice.second;
        run.source = source;
    }

    /// Processes that send mail are runners of out/, also if nothing else is known of them.
    void add_senders() {
        for (const sending_process& sender : known_.senders) {
            const bool is_known =
                std::any_of(traced_.runs.begin(), traced_.runs.end(), [&](const runner_run& run) {
                    return run.pid == sender.pid && run.seen_first <= sender.last &&
                           (!run.ended || *run.ended >= sender.first);
                });
            if (is_known) continue;
            const std::size_t run = add(sender.first, sender.pid, known_.outgoing);
            at(run).seen_last = sender.last;
        }
    }

    void add_sightings() {
        for (std::size_t run = 0; run < traced_.runs.size(); ++run) {
            runner_run& r = at(run);
            // Until the next process of that number.
            log_time to = std::numeric_limits<log_time>::infinity();
            for (std::size_t next = run + 1; next < traced_.runs.size(); ++next) {
                if (at(next).pid == r.pid && at(next).started) {
                    to = std::min(to, *at(next).started - 1);
                }
            }
            const log_time from = r.started.value_or(-std::numeric_limits<log_time>::infinity());
            const auto seen = known_.sightings.within(r.pid, from, r.ended.value_or(to));
            if (!seen) continue;
            r.seen_first = std::min(r.seen_first, seen->first);
            r.seen_last = std::max(r.seen_last, seen->second);
        }
    }

    /// What ran when a master started has ended, unless it goes on writing.
    void old_runs_at(log_time started) {
        const runner_run* going_on = nullptr;
        for (std::size_t run = 0; run < traced_.runs.size(); ++run) {
            runner_run& r = at(run);
            if (r.seen_first >= started || (r.ended && *r.ended <= started)) continue;
            if (r.started && *r.started >= started) continue;
            if (r.seen_last > started + same_period_s) {
                if (going_on == nullptr || r.seen_last > going_on->seen_last) going_on = &r;
            } else if (!r.ended) {
                vanish(run, started);
            }
        }
        if (going_on != nullptr) {
            traced_.second_masters.push_back(
                {known_.machine, started, going_on->runner, going_on->pid, going_on->seen_last});
        }
    }

    std::map<std::string, run_list> by_runner() {
        std::map<std::string, run_list> lists;
        for (std::size_t run = 0; run < traced_.runs.size(); ++run) {
            lists[at(run).runner].push_back(run);
        }
        return lists;
    }

    /// The runs that a master started together; those from before the logs are one batch.
    std::vector<run_list> batches(const run_list& runs) {
        run_list before;
        run_list starts;
        for (const std::size_t run : runs) {
            if (restarts_.contains(run)) continue;
            (at(run).started ? starts : before).push_back(run);
        }
        std::stable_sort(starts.begin(), starts.end(), [&](std::size_t a, std::size_t b) {
            return *at(a).started < *at(b).started;
        });
        std::vector<run_list> found;
        if (!before.empty()) found.push_back(std::move(before));
        log_time first = 0;
        bool open = false;
        for (const std::size_t run : starts) {
            if (!open || *at(run).started - first > started_at_once_s) {
                found.emplace_back();
                first = *at(run).started;
                open = true;
            }
            found.back().push_back(run);
        }
        for (run_list& batch : found) {
            std::sort(batch.begin(), batch.end(),
                      [&](std::size_t a, std::size_t b) { return at(a).pid < at(b).pid; });
        }
        return found;
    }

    [[nodiscard]] std::vector<slice_of_n> told_for(const std::string& runner) const {
        std::vector<slice_of_n> told;
        const auto queue = queue_of_runner(runner);
        for (const runner_choice& choice : known_.told) {
            if (choice.runner == runner || (queue && queue == queue_of_runner(choice.runner))) {
                told.emplace_back(choice.slice, choice.slices);
            }
        }
        std::sort(told.begin(), told.end());
        return told;
    }

    void infer(const run_list& runs) {
        const std::vector<slice_of_n> told = told_for(at(runs.front()).runner);
        std::set<slice_of_n> served(told.begin(), told.end());
        for (const std::size_t run : runs) {
            if (at(run).slice) served.insert({*at(run).slice, at(run).slices});
        }
        const std::vector<run_list> started = batches(runs);
        end_what_no_longer_fits(runs, started, served);
        for (const run_list& batch : started) infer_batch(batch, served);
        infer_told(runs, told);
    }

    void infer_batch(const run_list& batch, const std::set<slice_of_n>& served) {
        std::set<std::uint64_t> numbers;
        for (const std::size_t run : batch) {
            if (at(run).slice) numbers.insert(at(run).slices);
        }
        const bool some_known = !numbers.empty();
        if (!some_known) {
            for (const slice_of_n& s : served) numbers.insert(s.second);
        }
        if (numbers.size() != 1) return;
        const std::uint64_t n = *numbers.begin();
        std::vector<std::uint64_t> order;
        if (batch.size() == n) {
            for (std::uint64_t k = 0; k < n; ++k) order.push_back(k);
        } else {
            for (const slice_of_n& s : served) {
                if (s.second == n) order.push_back(s.first);
            }
        }
        if (order.size() != batch.size()) return;
        // Those that were there before the logs begin need not have been started together.
        if (!at(batch.front()).started && batch.size() > 1 && !some_known) return;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (at(batch[i]).slice && *at(batch[i]).slice != order[i]) return;
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (at(batch[i]).slice) continue;
            assign(at(batch[i]), {order[i], n},
                   batch.size() == 1 ? slice_source::as_before : slice_source::start_order);
        }
    }

    /// What the user states holds for the processes that run when the logs end.
    void infer_told(const run_list& runs, std::vector<slice_of_n> told) {
        run_list unknown;
        for (const std::size_t run : runs) {
            if (at(run).ended) continue;
            if (!at(run).slice) {
                unknown.push_back(run);
                continue;
            }
            std::erase(told, slice_of_n{*at(run).slice, at(run).slices});
        }
        if (told.size() != unknown.size()) return;
        std::sort(unknown.begin(), unknown.end(),
                  [&](std::size_t a, std::size_t b) { return at(a).pid < at(b).pid; });
        for (std::size_t i = 0; i < unknown.size(); ++i) {
            assign(at(unknown[i]), told[i], slice_source::told);
        }
    }

    /// A machine that loses power leaves runs without an end. Where a batch starts although the
    /// machine has never run so many at once, those that write nothing more have ended.
    void end_what_no_longer_fits(const run_list& runs, const std::vector<run_list>& started,
                                 const std::set<slice_of_n>& served) {
        std::size_t most = 0;
        for (const run_list& batch : started) most = std::max(most, batch.size());
        std::set<std::uint64_t> numbers;
        for (const slice_of_n& s : served) numbers.insert(s.second);
        most = std::max(most, served.size());
        // A known number of slices allows that many if they were ever started together.
        for (const run_list& batch : started) {
            if (!at(batch.front()).started) continue;
            const log_time first = *at(batch.front()).started;
            run_list open;
            for (const std::size_t run : runs) {
                const runner_run& r = at(run);
                if (r.ended && *r.ended <= first) continue;
                if (r.started.value_or(r.seen_first) >= first) continue;
                if (std::find(batch.begin(), batch.end(), run) == batch.end()) open.push_back(run);
            }
            if (open.size() + batch.size() <= most) continue;
            for (const std::size_t run : open) {
                if (at(run).seen_last < first) vanish(run, first);
            }
        }
    }

    const machine_processes& known_;
    traced_runs traced_;
    std::map<std::uint64_t, std::size_t> by_pid_;
    std::map<std::string, awaited_starts> awaited_;
    /// When the last run of a slice ended: by runner, slice, slices.
    std::map<std::tuple<std::string, std::uint64_t, std::uint64_t>, log_time> slice_ends_;
    std::map<std::uint64_t, std::pair<log_time, slice_named>> named_;
    std::set<std::size_t> restarts_;
    std::vector<log_time> masters_;
};

}  // namespace

void process_sightings::add(std::uint64_t pid, log_time time) {
    auto& periods = periods_[pid];
    for (auto last = periods.rbegin(); last != periods.rend(); ++last) {
        if (time >= last->first - same_period_s && time <= last->second + same_period_s) {
            last->first = std::min(last->first, time);
            last->second = std::max(last->second, time);
            return;
        }
        if (time > last->second) break;
    }
    periods.emplace_back(time, time);
}

std::optional<std::pair<log_time, log_time>> process_sightings::within(std::uint64_t pid,
                                                                       log_time from,
                                                                       log_time to) const {
    const auto found = periods_.find(pid);
    if (found == periods_.end()) return std::nullopt;
    std::optional<std::pair<log_time, log_time>> seen;
    for (const auto& [first, last] : found->second) {
        if (last < from || first > to) continue;
        const log_time begin = std::max(first, from);
        const log_time end = std::min(last, to);
        seen = seen ? std::pair(std::min(seen->first, begin), std::max(seen->second, end))
                    : std::pair(begin, end);
    }
    return seen;
}

traced_runs trace_runs(const machine_processes& known) { return process_tracker(known).run(); }

}  // namespace qslice::sim::diagnosis
