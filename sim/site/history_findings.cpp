#include "sim/site/history_findings.hpp"

#include "sim/check/chance.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/site/log_causes.hpp"
#include "sim/site/log_findings.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

std::string from_to(const period& p) { return date_text(p.first) + " to " + date_text(p.second); }

double length(const period& p) { return p.second - p.first; }

period common(const period& a, const period& b) {
    return {std::max(a.first, b.first), std::min(a.second, b.second)};
}

/// Derives the findings, the most important causes first.
class examiner {
public:
    examiner(const logs_diagnosis& d, const logs_options& options)
        : d_(d), history_(d.history), options_(options) {}

    std::vector<finding> run() {
        different_numbers();
        run_twice();
        second_masters();
        two_versions();
        find_dead();
        unserved();
        tell_dead();
        not_started();
        restarts();
        split();
        const bool all_served = is_all_served();
        for (auto tell : {delivery_findings, trouble_findings}) {
            for (finding& f : tell(d_)) {
                // Runners that find nothing say nothing of a slice without one.
                if (f.kind == "idle" && !all_served) continue;
                findings_.push_back(std::move(f));
            }
        }
        untimed();
        clocks();
        vanished();
        not_judged();
        return std::move(findings_);
    }

private:
    /// Whether none of the findings so far is about a slice that may have had no runner.
    [[nodiscard]] bool is_all_served() const {
        return std::none_of(findings_.begin(), findings_.end(), [](const finding& f) {
            return f.kind == "gap" || f.kind == "slice-not-run" || f.kind == "slice-not-seen" ||
                   f.kind == "restart-limit" || f.kind == "runner-died" || f.kind == "not-started";
        });
    }

    finding& add(severity weight, std::string kind, std::string where, std::string what) {
        findings_.push_back({weight, std::move(kind), std::move(where), std::move(what), {}});
        return findings_.back();
    }

    [[nodiscard]] const std::string& machine(std::size_t m) const {
        return history_.machines[m].name;
    }
    [[nodiscard]] period time_of(const runner_run& run) const {
        return run.within(history_.from, history_.to);
    }
    [[nodiscard]] static std::string name_of(const slice_history& s) {
        return s.runner + " slice " + slice_text(s.slice, s.slices);
    }
    [[nodiscard]] std::string machines_of(const slice_history& s) const {
        std::string names;
        for (const std::size_t m : s.machines) names += (names.empty() ? "" : ", ") + machine(m);
        return names;
    }

    /// The first pair of runs per runner that matches and overlaps for long enough.
    template <class Fits, class Tell>
    void for_first_overlap(Fits&& fits, Tell&& tell) const {
        std::map<std::string, std::vector<const runner_run*>> by_runner;
        for (const runner_run& run : history_.runs) {
            if (run.slice) by_runner[run.runner].push_back(&run);
        }
        for (auto& [runner, runs] : by_runner) {
            std::sort(runs.begin(), runs.end(), [&](const runner_run* a, const runner_run* b) {
                return time_of(*a) < time_of(*b);
            });
            // Reported once per kind of pair, however often it happened.
            std::map<std::string, std::pair<std::uint64_t, double>> told;
            std::vector<std::pair<const runner_run*, const runner_run*>> first;
            std::vector<std::string> keys;
            std::vector<const runner_run*> active;
            for (const runner_run* run : runs) {
                std::erase_if(active, [&](const runner_run* other) {
                    return time_of(*other).second <= time_of(*run).first;
                });
                for (const runner_run* other : active) {
                    const double both = length(common(time_of(*other), time_of(*run)));
                    if (both <= options_.overlap_s) continue;
                    const auto key = fits(*other, *run);
                    if (key.empty()) continue;
                    auto& [times, seconds] = told[key];
                    if (times++ == 0) {
                        first.emplace_back(other, run);
                        keys.push_back(key);
                    }
                    seconds += both;
                }
                active.push_back(run);
            }
            for (std::size_t i = 0; i < first.size(); ++i) {
                tell(*first[i].first, *first[i].second, told[keys[i]].first, told[keys[i]].second);
            }
        }
    }

    /// The shares of the hash space that no runner and that several runners serve while these run.
    [[nodiscard]] std::pair<double, double> shares_at(const std::string& runner,
                                                      log_time moment) const {
        std::vector<std::pair<double, int>> ends;
        for (const runner_run& run : history_.runs) {
            if (run.runner != runner || !run.slice) continue;
            const period time = time_of(run);
            if (moment < time.first || moment > time.second) continue;
            const auto n = static_cast<double>(run.slices);
            ends.emplace_back(static_cast<double>(*run.slice) / n, 1);
            ends.emplace_back(static_cast<double>(*run.slice + 1) / n, -1);
        }
        std::sort(ends.begin(), ends.end());
        double none = 0;
        double several = 0;
        double at = 0;
        int runners = 0;
        for (const auto& [position, change] : ends) {
            if (runners == 0) none += position - at;
            if (runners > 1) several += position - at;
            at = position;
            runners += change;
        }
        return {none + (1 - at), several};
    }

    void different_numbers() {
        for_first_overlap(
            [](const runner_run& a, const runner_run& b) {
                return a.slices == b.slices ? std::string() : std::string("any");
            },
            [&](const runner_run& a, const runner_run& b, std::uint64_t, double) {
                const period both = common(time_of(a), time_of(b));
                const auto [none, several] = shares_at(a.runner, both.first + length(both) / 2);
                finding& f = add(
                    severity::attention, "different-numbers", a.runner,
                    fmt::format("{} divided the queue by {} and {} by {} at the same time ({}).",
                                machine(a.machine), a.slices, machine(b.machine), b.slices,
                                from_to(both)));
                if (options_.partition == "equal") {
                    f.what += fmt::format(
                        " Meanwhile {} of the entries had no runner and waited, and {} had "
                        "several, which raced for them.",
                        share_text(none), share_text(several));
                }
                f.to_do.push_back(
                    {"Configure the same number of slices for this runner on every machine, then "
                     "stop and start Mailman on all of them. " +
                         std::string(restart_is_less),
                     {}});
            });
    }

    /// Runs of one slice at the same time, by the machines concerned.
    void run_twice() {
        struct twice {
            std::vector<std::string> slices;
            period first{};
            std::uint64_t times = 0;
            double seconds = 0;
        };
        std::map<std::pair<std::size_t, std::size_t>, twice> by_machines;
        for_first_overlap(
            [](const runner_run& a, const runner_run& b) {
                if (a.slices != b.slices || *a.slice != *b.slice) return std::string();
                return std::to_string(*a.slice) + '/' + std::to_string(a.slices) + ' ' +
                       std::to_string(std::min(a.machine, b.machine)) + ' ' +
                       std::to_string(std::max(a.machine, b.machine));
            },
            [&](const runner_run& a, const runner_run& b, std::uint64_t times, double seconds) {
                twice& t = by_machines[std::minmax(a.machine, b.machine)];
                const period both = common(time_of(a), time_of(b));
                if (t.slices.empty() || both < t.first) t.first = both;
                t.slices.push_back(a.runner + " slice " + slice_text(*a.slice, a.slices));
                t.times = std::max(t.times, times);
                t.seconds = std::max(t.seconds, seconds);
            });
        for (const auto& [who, t] : by_machines) {
            const auto [a, b] = who;
            std::string names;
            for (const std::string& slice : t.slices) names += (names.empty() ? "" : ", ") + slice;
            const bool one = t.slices.size() == 1;
            std::string what =
                a == b ? fmt::format("{} ran {} twice at the same time ({}).", machine(a),
                                     one ? "it" : "these", from_to(t.first))
                       : fmt::format("{} and {} both ran {} ({}).", machine(a), machine(b),
                                     one ? "it" : "these", from_to(t.first));
            if (t.times > 1) {
                what += fmt::format(" This happened {} times, for {} in total.", t.times,
                                    age_text(t.seconds));
            }
            what += " They race for each entry, and a message can be sent twice.";
            finding& f = add(severity::attention, "slice-run-twice", names, std::move(what));
            f.to_do.push_back(
                a == b ? advice{"Look for a second master on that machine, and stop the younger of "
                                "the two with all its runners.",
                                "ps -eo pid,ppid,lstart,args | grep -e --runner="}
                       : advice{"Run each slice on one machine only.", {}});
        }
    }

    void second_masters() {
        for (const second_master& s : history_.second_masters) {
            add(severity::attention, "second-master", machine(s.machine),
                fmt::format("A master started at {}, but {} (pid {}) of an earlier one went on: it "
                            "wrote to the logs until {}. Two masters serve the same queues.",
                            date_text(s.started), s.runner, s.pid, date_text(s.seen)))
                .to_do = {{"Stop the younger master with all its runners.",
                           "ps -eo pid,ppid,lstart,args | grep -e --runner="}};
        }
    }

    /// Whether the runner's other slices were served for most of a gap.
    [[nodiscard]] bool others_served(const slice_history& slice, const period& gap) const {
        return std::any_of(d_.slices.begin(), d_.slices.end(), [&](const slice_history& other) {
            if (other.runner != slice.runner || other.slices != slice.slices ||
                other.slice == slice.slice) {
                return false;
            }
            double served = 0;
            for (const period& p : other.served) served += std::max(0.0, length(common(p, gap)));
            return served > length(gap) / 2;
        });
    }

    [[nodiscard]] bool some_unknown(const std::string& runner) const {
        return std::any_of(history_.runs.begin(), history_.runs.end(), [&](const runner_run& run) {
            return run.runner == runner && !run.slice;
        });
    }

    /// Whether a process of unknown slice may have served one of this runner's during a gap.
    [[nodiscard]] bool may_be_served(const std::string& runner, const period& gap) const {
        return std::any_of(history_.runs.begin(), history_.runs.end(), [&](const runner_run& run) {
            if (run.runner != runner || run.slice) return false;
            const period both = common(time_of(run), gap);
            return length(both) > 0;
        });
    }

    /// Machines whose logs do not show which runners were started there.
    [[nodiscard]] std::string without_starts() const {
        std::set<std::size_t> started;
        for (const runner_run& run : history_.runs) {
            if (run.started) started.insert(run.machine);
        }
        std::string names;
        for (std::size_t m = 0; m < history_.machines.size(); ++m) {
            if (!started.contains(m)) names += (names.empty() ? "" : ", ") + machine(m);
        }
        return names;
    }

    [[nodiscard]] bool was_given_up(const slice_history& slice, log_time since) const {
        return std::any_of(slice.machines.begin(), slice.machines.end(), [&](std::size_t m) {
            const auto& limits = history_.machines[m].restart_limits;
            return std::any_of(limits.begin(), limits.end(), [&](const given_up_runner& limit) {
                return limit.runner == slice.runner &&
                       std::abs(limit.time - since) <= options_.overlap_s;
            });
        });
    }

    void unserved() {
        const std::string silent = without_starts();
        std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<const slice_history*>> unrun;
        for (const slice_history& slice : d_.slices) {
            if (slice.runs == 0) {
                if (may_be_served(slice.runner, {history_.from, history_.to})) continue;
                if (!silent.empty()) {
                    add(severity::unclear, "slice-not-seen", name_of(slice),
                        "No log shows who ran it, but the logs of " + silent +
                            " do not show which runners were started there.")
                        .to_do = {
                        {"Give that machine's log of runners too (qrunner, or Mailman "
                         "3's mailman.log), or --running MACHINE=" +
                             slice.runner + ":K:N.",
                         {}}};
                    continue;
                }
                unrun[{slice.slices, slice.slice}].push_back(&slice);
                continue;
            }
            for (const period& gap : slice.gaps) {
                if (gap.second >= history_.to && was_given_up(slice, gap.first)) continue;
                if (gap.second >= history_.to && died_at(slice, gap.first)) continue;
                if (!may_be_served(slice.runner, gap)) tell_gap(slice, gap);
            }
        }
        for (const auto& [number, slices] : unrun) tell_unrun(slices);
    }

    /// One slice that no machine ran, of one or several runners.
    void tell_unrun(const std::vector<const slice_history*>& slices) {
        const bool one = slices.size() == 1;
        std::string names;
        for (const slice_history* s : slices) names += (names.empty() ? "" : ", ") + name_of(*s);
        finding& f = add(severity::attention, "slice-not-run", std::move(names),
                         one ? "None of these machines ran it; its entries wait."
                             : "None of these machines ran these; their entries wait.");
        for (const slice_history* s : slices) {
            f.to_do.push_back(
                {f.to_do.empty()
                     ? "If no other machine runs it, start it on one of them, only once."
                     : "Likewise.",
                 fmt::format("--runner={}:{}:{}", s->runner, s->slice, s->slices)});
        }
    }

    /// Whether a process ended by itself or was killed: not by Mailman's own signals, with which
    /// 2.1's and 3's runners end with that number as their status.
    static bool ended_badly(const runner_run& run) {
        if (!run.ended || run.asked || run.restarted || run.vanished) return false;
        const auto own = [](std::int64_t number) {
            constexpr std::int64_t hup = 1;
            constexpr std::int64_t interrupt = 2;
            constexpr std::int64_t usr1 = 10;
            constexpr std::int64_t term = 15;
            return number == interrupt || number == usr1 || number == term || number == hup;
        };
        if (run.signal) return !own(*run.signal);
        constexpr std::int64_t failed = 1;
        return run.status && *run.status != 0 && (*run.status == failed || !own(*run.status));
    }

    /// Whether another process served the same after a run had ended.
    [[nodiscard]] bool has_successor(const runner_run& ended) const {
        return std::any_of(history_.runs.begin(), history_.runs.end(), [&](const runner_run& run) {
            if (&run == &ended || run.runner != ended.runner) return false;
            const bool same = !run.slice || run.slices != ended.slices || run.slice == ended.slice;
            return same && run.ended.value_or(history_.to) > *ended.ended;
        });
    }

    [[nodiscard]] bool is_given_up(const runner_run& run) const {
        const auto& limits = history_.machines[run.machine].restart_limits;
        return std::any_of(limits.begin(), limits.end(), [&](const given_up_runner& limit) {
            return limit.runner == run.runner &&
                   std::abs(limit.time - *run.ended) <= options_.overlap_s;
        });
    }

    void find_dead() {
        for (const runner_run& run : history_.runs) {
            if (!ended_badly(run) || *run.ended < history_.from || *run.ended > history_.to ||
                is_given_up(run) || has_successor(run)) {
                continue;
            }
            dead_.push_back(&run);
        }
    }

    [[nodiscard]] bool died_at(const slice_history& slice, log_time time) const {
        return std::any_of(dead_.begin(), dead_.end(), [&](const runner_run* run) {
            return run->runner == slice.runner && run->slice == slice.slice &&
                   run->slices == slice.slices && *run->ended == time;
        });
    }

    /// Runners that ended by themselves or were killed, and that nobody started again: together if
    /// they ended in one way.
    void tell_dead() {
        std::map<std::pair<std::size_t, std::string>, std::vector<const runner_run*>> by_end;
        for (const runner_run* run : dead_) {
            by_end[{run->machine, how_ended(*run)}].push_back(run);
        }
        for (const auto& [who, runs] : by_end) {
            std::string names;
            for (const runner_run* run : runs) {
                names += (names.empty() ? "" : ", ") + run->runner;
                if (run->slice && run->slices > 1) {
                    names += " slice " + slice_text(*run->slice, run->slices);
                }
            }
            const runner_run& first = *runs.front();
            const bool one = runs.size() == 1;
            finding& f = add(
                severity::attention, "runner-died", machine(who.first) + ", " + names,
                fmt::format("{} ended at {} (pid {}) and {} not started again by the end of the "
                            "logs ({} later).{}{}",
                            one ? "It" : "They", date_text(*first.ended), first.pid,
                            one ? "was" : "were", age_text(history_.to - *first.ended),
                            one ? who.second : " The process of each" + who.second.substr(12),
                            what_stops(runs)));
            f.to_do.push_back(why_it_dies(first.runner, &first));
            f.to_do.push_back(
                {"Check whether it runs meanwhile; if not, stop and start Mailman there. " +
                     std::string(restart_is_less),
                 std::string(commands_to_list)});
        }
    }

    /// What does not go on without these runners.
    static std::string what_stops(const std::vector<const runner_run*>& runs) {
        std::string text;
        std::set<std::string_view> told;
        for (const runner_run* run : runs) {
            if (!told.insert(run->runner).second) continue;
            text += stops_without(run->runner);
        }
        return text;
    }

    static std::string stops_without(std::string_view runner) {
        if (runner == "lmtp") {
            return " Without lmtp no message comes in: the mail server is refused the connection "
                   "and keeps the mail meanwhile.";
        }
        if (runner == "rest") return " Without rest the web interface fails; the queues go on.";
        if (has_no_queue(runner)) return {};
        const auto queue = queue_of_runner(runner);
        return queue ? fmt::format(" What comes into {}/ for it waits; nothing is lost by that.",
                                   *queue)
                     : std::string();
    }

    /// Mailman 3's master has started, and one of the runners that it starts by default has not.
    void not_started() {
        constexpr std::array<std::string_view, 12> usual{
            "archive", "bounces", "command",  "digest", "in",    "lmtp",
            "nntp",    "out",     "pipeline", "rest",   "retry", "virgin"};
        constexpr std::size_t at_least = 8;   // of them, or the site's settings are its own
        constexpr double start_takes_s = 30;  // before a silence says something
        for (std::size_t m = 0; m < history_.machines.size(); ++m) {
            const auto& starts = history_.machines[m].master_starts;
            const auto last = std::max_element(starts.begin(), starts.end());
            if (last == starts.end() || *last < history_.from) continue;
            std::set<std::string_view> seen;
            log_time newest = *last;
            for (const runner_run& run : history_.runs) {
                if (run.machine != m || run.seen_last < *last - start_takes_s) continue;
                seen.insert(run.runner);
                if (run.started) newest = std::max(newest, *run.started);
            }
            std::string missing;
            std::size_t found = 0;
            std::string stops;
            for (const std::string_view name : usual) {
                if (seen.contains(name)) {
                    ++found;
                } else if (name != "nntp") {
                    missing += (missing.empty() ? "" : ", ") + std::string(name);
                    stops += stops_without(name);
                }
            }
            if (missing.empty() || found < at_least) continue;
            if (history_.to - newest < start_takes_s) continue;
            finding& f =
                add(severity::attention, "not-started", machine(m) + ", " + missing,
                    fmt::format("The master started at {} and {} runners with it, but the logs "
                                "show no start of this one.{}",
                                date_text(*last), found, stops));
            f.to_do.push_back(
                {"If it is switched off on purpose ('start: no' in mailman.cfg), nothing is wrong. "
                 "Otherwise it ended before it could write: Mailman's standard error says why "
                 "(another process may have its port, or its settings are wrong). Then stop and "
                 "start Mailman.",
                 "journalctl -u mailman3; ss -ltnp"});
        }
    }

    /// Logs of both versions: two sites, which share no queue.
    void two_versions() {
        if (!d_.two_versions) return;
        add(severity::note, "two-versions", "machines",
            "Some of these logs are of Mailman 2.1 and some of Mailman 3, which share no queues: "
            "their deliveries are not compared. Give each site's logs by themselves for that.");
    }

    /// The run of a slice that ended where a gap begins.
    [[nodiscard]] const runner_run* ended_at(const slice_history& slice, log_time time) const {
        for (const runner_run& run : history_.runs) {
            if (run.runner == slice.runner && run.slice == slice.slice &&
                run.slices == slice.slices && run.ended == time) {
                return &run;
            }
        }
        return nullptr;
    }

    static std::string how_ended(const runner_run& run) {
        if (run.vanished) return " Its process wrote nothing more.";
        if (run.signal) return fmt::format(" Its process was ended by signal {}.", *run.signal);
        if (run.status && !run.asked && *run.status != 0) {
            return fmt::format(" Its process ended with status {}.", *run.status);
        }
        return run.asked ? " It was told to stop." : "";
    }

    void tell_gap(const slice_history& slice, const period& gap) {
        const bool alone = others_served(slice, gap);
        const bool single = slice.slices == 1;
        const bool to_the_end = gap.second >= history_.to;
        std::string what =
            fmt::format("It was not served {} ({}).", from_to(gap), age_text(length(gap)));
        if (to_the_end && (alone || single)) {
            what = fmt::format("It has not been served since {} ({} to the end of the logs).",
                               date_text(gap.first), age_text(length(gap)));
        }
        if (const runner_run* last = ended_at(slice, gap.first)) what += how_ended(*last);
        what += fmt::format(" It ran on {}.", machines_of(slice));
        if (!alone && !single)
            what += " The runner's other slices were not served either: the site was stopped.";
        finding& f = add(alone || single ? severity::attention : severity::note, "gap",
                         name_of(slice), std::move(what));
        if (f.weight == severity::note) return;
        if (to_the_end) {
            f.to_do.push_back(
                {"Check whether it runs meanwhile. If not, its entries wait until Mailman is "
                 "stopped "
                 "and started on that machine. " +
                     std::string(restart_is_less),
                 "ps -eo pid,lstart,args | grep -e --runner="});
        } else {
            f.to_do.push_back(
                {"Check that machine's error log for why it stopped; its entries "
                 "waited until it was back.",
                 {}});
        }
    }

    void restarts() {
        std::set<std::pair<std::size_t, std::string>> given_up;
        for (std::size_t m = 0; m < history_.machines.size(); ++m) {
            for (const given_up_runner& limit : history_.machines[m].restart_limits) {
                given_up.insert({m, limit.runner});
                tell_limit(m, limit);
            }
        }
        struct ends {
            std::vector<log_time> times;
            const runner_run* last = nullptr;
        };
        std::map<std::tuple<std::size_t, std::string, std::string>, ends> by_slice;
        for (const runner_run& run : history_.runs) {
            if (!run.restarted || run.asked || !run.ended || *run.ended < history_.from ||
                *run.ended > history_.to || given_up.contains({run.machine, run.runner})) {
                continue;
            }
            ends& e = by_slice[{run.machine, run.runner,
                                run.slice ? slice_text(*run.slice, run.slices) : std::string()}];
            e.times.push_back(*run.ended);
            if (e.last == nullptr || *run.ended >= *e.last->ended) e.last = &run;
        }
        constexpr std::size_t many = 3;
        constexpr double soon_s = 3600;
        for (auto& [who, e] : by_slice) {
            const auto& [m, runner, slice] = who;
            std::sort(e.times.begin(), e.times.end());
            bool soon = false;
            for (std::size_t i = 0; i + many <= e.times.size(); ++i) {
                soon = soon || e.times[i + many - 1] - e.times[i] <= soon_s;
            }
            finding& f =
                add(soon ? severity::attention : severity::note, "restarts",
                    machine(m) + ", " + runner + (slice.empty() ? "" : " slice " + slice),
                    fmt::format(
                        "The master had to restart it {}, {} at {}.{}{}",
                        e.times.size() == 1 ? "once" : std::to_string(e.times.size()) + " times",
                        e.times.size() == 1 ? "" : "the last time", date_text(e.times.back()),
                        how_ended(*e.last), soon ? " After 10 restarts in all it gives up." : ""));
            if (e.times.size() == 1) {
                f.what = fmt::format("The master had to restart it once, at {}.{}",
                                     date_text(e.times.back()), how_ended(*e.last));
            }
            if (soon) f.to_do = {why_it_dies(runner, e.last)};
        }
    }

    /// Where to look for why a runner ends again and again.
    static advice why_it_dies(const std::string& runner, const runner_run* last) {
        constexpr std::int64_t sigkill = 9;
        if (last != nullptr && last->signal == sigkill) {
            const bool sends = queue_of_runner(runner) == std::optional<std::string_view>("out");
            return {
                "Mailman's logs do not tell who sent signal 9: the kernel does when memory runs "
                "out, or someone's kill -9. What it had in hand (.bak) is taken up again when it "
                "starts" +
                    std::string(sends ? ", and reaches those a second time who have it." : "."),
                "dmesg | grep -i -e 'out of memory' -e oom"};
        }
        if (has_no_queue(runner)) {
            return {
                "Find in mailman.log, and in what Mailman writes to standard error, why it dies: "
                "another process may have its port.",
                "ss -ltnp"};
        }
        return {
            "Find in the error log why it dies; a malformed file name in its queue is one cause.",
            "qslice-sim inspect QFILES"};
    }

    void tell_limit(std::size_t m, const given_up_runner& limit) {
        const runner_run* last = nullptr;
        std::uint64_t times = 0;
        for (const runner_run& run : history_.runs) {
            if (run.machine != m || run.runner != limit.runner || !run.ended) continue;
            times += run.restarted ? 1 : 0;
            if (*run.ended <= limit.time + options_.overlap_s &&
                (last == nullptr || *run.ended >= *last->ended)) {
                last = &run;
            }
        }
        std::string what = fmt::format(
            "It reached the master's restart limit at {} and was not "
            "restarted again ({}).",
            date_text(limit.time), limit.place);
        if (last != nullptr && last->slice) {
            what += last->slices == 1
                        ? std::string(" Its queue has had no runner since then.")
                        : " Slice " + slice_text(*last->slice, last->slices) +
                              " has had no runner since then; the other slices are not concerned.";
        }
        if (times > 0) {
            what += fmt::format(" It had been restarted {}.", counted(times, "time", "times"));
        }
        if (last != nullptr) what += how_ended(*last);
        const advice why =
            last != nullptr && last->asked
                ? advice{"It did not die: every restart of Mailman counts for a runner, and this "
                         "one's limit (max_restarts) is used up.",
                         {}}
                : why_it_dies(limit.runner, last);
        add(severity::attention, "restart-limit", machine(m) + ", " + limit.runner, what).to_do = {
            why,
            {"Then stop and start Mailman on that machine. " + std::string(restart_is_less), {}}};
    }

    void split() {
        const auto odd = [&](const observed_split& split) {
            return split.parts.size() > 1 && split.total > 0 && split.test.p_value < options_.alpha;
        };
        if (d_.by_machine.parts.size() > 1 && d_.by_machine.total > 0 && one_machine()) return;
        if (!odd(d_.by_machine) && !odd(d_.by_slice) && !odd(d_.by_process)) return;
        const observed_split& split = odd(d_.by_machine) ? d_.by_machine
                                      : odd(d_.by_slice) ? d_.by_slice
                                                         : d_.by_process;
        const observed_split::part* least = nullptr;
        double least_ratio = 0;
        for (const auto& part : split.parts) {
            if (part.expected_share <= 0) continue;
            const double ratio = static_cast<double>(part.count) / part.expected_share;
            if (least == nullptr || ratio < least_ratio) {
                least = &part;
                least_ratio = ratio;
            }
        }
        // That a slice had no runner is told already, and is no second problem.
        if (least != nullptr && &split == &d_.by_slice && was_without_runner(least->name)) return;
        finding& f =
            add(severity::attention, "uneven-split", "deliveries", split_sentence(split, options_));
        if (least == nullptr) return;
        const bool machines = &split == &d_.by_machine;
        const std::string name = &split == &d_.by_slice ? "Slice " + least->name : least->name;
        f.what += least->count == 0
                      ? fmt::format(" {} sent nothing.", name)
                      : fmt::format(" {} falls furthest below its expected share.", name);
        // Which policy the site has, its logs do not show.
        f.what +=
            " This takes it that each message is hashed by itself, as Mailman does; a policy that "
            "keeps lists together splits unevenly without a fault.";
        if (machines) {
            f.to_do.push_back({cause_of(least->name), {}});
            return;
        }
        f.to_do.push_back(
            {"Its process ran, so it hangs or is slow: look at its .bak in out/ and at its "
             "connections, then stop and start Mailman. The .bak is queued again then; if its "
             "message had been sent, it is sent a second time.",
             "lsof -p PID"});
    }

    /// Whether a slice of out/ had no runner at all, or none from some time on.
    [[nodiscard]] bool was_without_runner(const std::string& name) const {
        return std::any_of(d_.slices.begin(), d_.slices.end(), [&](const slice_history& slice) {
            return queue_of_runner(slice.runner) == std::optional<std::string_view>("out") &&
                   slice_text(slice.slice, slice.slices) == name &&
                   (slice.runs == 0 || !slice.gaps.empty());
        });
    }

    /// Why a machine or slice sent too little, as far as the logs show.
    [[nodiscard]] std::string cause_of(const std::string& name) const {
        for (const slice_history& slice : d_.slices) {
            if (queue_of_runner(slice.runner) != std::optional<std::string_view>("out")) continue;
            const bool meant = name == slice_text(slice.slice, slice.slices) ||
                               std::any_of(slice.machines.begin(), slice.machines.end(),
                                           [&](std::size_t m) { return machine(m) == name; });
            if (meant && slice.runs > 0 && !slice.gaps.empty()) {
                return fmt::format(
                    "Its runner of out/ was down {}; if it should have been running, that is the "
                    "cause.",
                    from_to(slice.gaps.front()));
            }
        }
        if (d_.by_machine.assumed_equal) {
            return "The logs do not show which slices the machines serve; give them with --running "
                   "MACHINE=OutgoingRunner:0:3 and, if they are intentionally unequal, with "
                   "--partition.";
        }
        return "The logs show no cause. Check whether all machines share one queue directory, and "
               "whether the policy keeps lists together.";
    }

    /// The case in which one machine does everything.
    bool one_machine() {
        const auto& parts = d_.by_machine.parts;
        const auto busiest =
            std::max_element(parts.begin(), parts.end(),
                             [](const auto& a, const auto& b) { return a.count < b.count; });
        const auto total = static_cast<double>(d_.by_machine.total);
        const double chance = std::pow(1.0 / static_cast<double>(parts.size()), total - 1);
        if (busiest->count < d_.by_machine.total || chance >= options_.alpha) return false;
        const auto m = static_cast<std::size_t>(busiest - parts.begin());
        std::set<std::pair<std::uint64_t, std::uint64_t>> own;
        std::set<std::size_t> others;
        for (const runner_run& run : history_.runs) {
            const period time = time_of(run);
            if (time.second < time.first ||
                queue_of_runner(run.runner) != std::optional<std::string_view>("out")) {
                continue;
            }
            if (run.machine == m && run.slice) own.insert({*run.slice, run.slices});
            if (run.machine != m) others.insert(run.machine);
        }
        finding& f = add(severity::attention, "one-machine", busiest->name,
                         fmt::format("It made all {} deliveries; {} with equal machines the "
                                     "probability of that by chance is {:.2g}.",
                                     grouped(d_.by_machine.total), parts.size(), chance));
        const std::uint64_t n = own.empty() ? 0 : own.begin()->second;
        if (n == 1) {
            f.what += " Its OutgoingRunner runs as slice 1/1, which takes every entry.";
            f.to_do.push_back(
                {"Give each machine's runner its own slice, with the same number of slices.",
                 fmt::format("--runner=OutgoingRunner:0:{}", parts.size())});
        } else if (n > 1 && own.size() == n) {
            f.what += fmt::format(" It runs all {} slices of out/, as mailmanctl starts them.", n);
            f.to_do.push_back({"Run only its own slice on each machine.", {}});
        } else if (others.empty()) {
            f.what += " No other machine's log shows a runner of out/.";
            f.to_do.push_back({"Start OutgoingRunner on the other machines.", {}});
        } else {
            f.what += " Other machines ran theirs too, but found nothing to send.";
            f.to_do.push_back(
                {"Check whether they use the same queue directory: is the shared file system "
                 "mounted there?",
                 {}});
        }
        return true;
    }

    static std::string causes_text(const untimed_reports& reports) {
        constexpr std::size_t shown = 3;
        constexpr std::size_t longest = 200;
        std::string text;
        std::size_t i = 0;
        for (const auto& [cause, count] : reports.causes) {
            if (i++ == shown) break;
            text += (text.empty() ? "'" : "; '") +
                    printable(std::string_view(cause).substr(0, longest)) + '\'';
            if (count > 1) text += fmt::format(" ({} times)", grouped(count));
        }
        if (reports.causes.size() > shown) text += "; and others";
        return text;
    }

    /// What lines without a stamp tell.
    void untimed() {
        for (const machine_history& m : history_.machines) {
            if (m.service_ends.count > 0) {
                finding& f = add(
                    severity::attention, "service-ended", m.name,
                    fmt::format("The system's journal tells of an end of Mailman's service that "
                                "nobody asked for ({}): {}.",
                                m.service_ends.place, causes_text(m.service_ends)));
                f.to_do.push_back(
                    {"Check that Mailman runs. What its runners had in hand (.bak) is taken up "
                     "again at their start; a message of out/ then reaches those a second time "
                     "who have it.",
                     "systemctl status 'mailman*'; journalctl -b -k | grep -i -e oom -e memory"});
            }
            if (m.bare_traces.count > 0) {
                finding& f = add(severity::attention, "trace-without-stamp", m.name,
                                 fmt::format("{} of Mailman's ended by an exception before it "
                                             "could write to its log, or outside of it ({}): {}.",
                                             counted(m.bare_traces.count, "program", "programs"),
                                             m.bare_traces.place, causes_text(m.bare_traces)));
                for (const auto& [cause, count] : m.bare_traces.causes) {
                    const known_cause* const known = find_cause(cause, log_topic::exception);
                    if (known != nullptr) f.to_do.push_back({std::string(known->to_do), {}});
                }
                f.to_do.push_back(
                    {"Remove the cause, then start Mailman, and check that it runs.", {}});
            }
        }
    }

    void clocks() {
        for (const machine_history& m : history_.machines) {
            if (m.clock_back == 0) continue;
            add(severity::note, "clock-back", m.name,
                fmt::format("Its time stamps jump back {}, by up to {} ({}): the clock was set, "
                            "daylight saving time ended, or a log was joined from parts in "
                            "another order.",
                            counted(m.clock_back, "time", "times"), age_text(m.most_clock_back_s),
                            m.clock_back_place));
        }
    }

    void vanished() {
        for (std::size_t m = 0; m < history_.machines.size(); ++m) {
            std::uint64_t count = 0;
            const runner_run* first = nullptr;
            for (const runner_run& run : history_.runs) {
                if (run.machine != m || !run.vanished) continue;
                if (first == nullptr) first = &run;
                ++count;
            }
            if (first == nullptr) continue;
            add(severity::note, "vanished", machine(m),
                fmt::format("{} without a log entry, first {} (pid {}) after {}, and others were "
                            "started in their place: the machine lost power, or they were killed "
                            "together with their master.",
                            counted(count, "runner ended", "runners ended"), first->runner,
                            first->pid, date_text(first->seen_last)));
        }
    }

    /// What was not understood or is missing lowers the verdict.
    void not_judged() {
        if (d_.read_twice > 0) {
            add(severity::unclear, "read-twice", "deliveries",
                fmt::format("{} in these logs twice, to the last digit: two files hold the same "
                            "lines, and all counts include both.",
                            counted(d_.read_twice, "delivery is", "deliveries are")))
                .to_do = {
                {"Give each log once: not a rotated file and a compressed copy of it, and "
                 "not one log for two machines.",
                 {}}};
        }
        for (const machine_history& m : history_.machines) {
            if (m.torn > 0) {
                add(severity::unclear, "torn", m.name,
                    fmt::format("{} with zero bytes ({}): the machine went down, or its disk was "
                                "full, while it wrote. Entries may be missing there.",
                                counted(m.torn, "line begins", "lines begin"), m.torn_place));
            }
            if (m.cut > 0) {
                add(severity::note, "cut-line", m.name,
                    fmt::format(
                        "{} no end and could not be parsed ({}): it was just being "
                        "written, or the file is cut off there.",
                        counted(m.cut, "last line of a file has", "last lines of files have"),
                        m.cut_place));
            }
            if (m.writers.size() > 1) {
                std::string names;
                for (const std::string& name : m.writers) {
                    names += (names.empty() ? "" : ", ") + printable(name);
                }
                add(severity::unclear, "several-machines", m.name,
                    fmt::format(
                        "Its entries were written by {} ({}), and are judged as one "
                        "machine's: processes, slices and shares of different machines "
                        "may be mixed up.",
                        counted(m.writers.size(), "host or container", "hosts or containers"),
                        names))
                    .to_do = {{"Give each one's lines by themselves.",
                               fmt::format("grep -w {0} FILE > {0}.log; qslice-sim logs "
                                           "{0}={0}.log ...",
                                           shell_word(*m.writers.begin()))}};
            }
            if (m.begun > 0) {
                add(severity::note, "cut-line", m.name,
                    fmt::format("{} in the middle of an entry ({}): what stood before is not in "
                                "{}.",
                                counted(m.begun, "file begins", "files begin"), m.begun_place,
                                m.begun == 1 ? "it" : "them"));
            }
            if (!m.others.empty()) {
                add(severity::note, "other-programs", m.name,
                    fmt::format("{} of other programs and not judged here: {}.",
                                counted(m.others.lines(), "line is", "lines are"),
                                m.others.text()));
            }
            for (const std::string& file : m.unread) {
                add(severity::unclear, "not-read", m.name, file);
            }
            if (m.entries == 0 && m.bare_traces.count == 0) {
                add(severity::unclear, "empty-logs", m.name,
                    "Its logs contain no entry: they show neither health nor trouble.")
                    .to_do = {{"Check that these are the files that Mailman writes to.", {}}};
            }
            if (m.not_understood > 0) {
                add(severity::unclear, "not-understood", m.name,
                    fmt::format("{} could not be parsed.",
                                counted(m.not_understood, "line", "lines")));
            }
            if (m.other > 0) {
                add(severity::unclear, "unknown-entries", m.name,
                    fmt::format("{} of no kind that Mailman 2.1.39 or 3.3.8 writes.",
                                counted(m.other, "entry is", "entries are")));
            }
        }
    }

    static constexpr std::string_view commands_to_list =
        "ps -eo pid,lstart,args | grep -e --runner=";

    const logs_diagnosis& d_;
    const site_history& history_;
    const logs_options& options_;
    std::vector<finding> findings_;
    std::vector<const runner_run*> dead_;  ///< that nobody started again
};

}  // namespace

std::vector<finding> history_findings(const logs_diagnosis& d, const logs_options& options) {
    return examiner(d, options).run();
}

std::string split_sentence(const observed_split& split, const logs_options& options) {
    std::string counts;
    for (std::size_t i = 0; i < split.parts.size(); ++i) {
        const auto& part = split.parts[i];
        if (i > 0) counts += i + 1 == split.parts.size() ? " and " : ", ";
        counts += fmt::format("{} {}", part.name, grouped(part.count));
    }
    std::string text =
        fmt::format("Of {}, {}.", counted(split.total, "delivery", "deliveries"), counts);
    const double p = split.test.p_value;
    if (std::isnan(p)) return text;
    static constexpr std::string_view methods[] = {"", "exact multinomial test", "Monte Carlo test",
                                                   "chi-square test"};
    static constexpr std::string_view conclusions[] = {
        "this is not a problem", "this is weak evidence of a problem, not enough to call it one",
        "this is not due to chance, by strong evidence", "this is beyond doubt not due to chance"};
    text += fmt::format(
        " {} produces a split at least this uneven with probability {}{} ({}): {}.",
        split.assumed_equal ? "Chance among equal machines" : "Chance among these slices",
        bound_in_words(split.test), p >= 0.001 ? share_text(p) : fmt::format("{:.2g}", p),
        methods[static_cast<std::size_t>(split.test.how)],
        conclusions[static_cast<std::size_t>(evidence_of(p, options.alpha))]);
    return text;
}

}  // namespace qslice::sim::diagnosis
