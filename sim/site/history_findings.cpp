#include "sim/site/history_findings.hpp"

#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
        unserved();
        restarts();
        troubles();
        split();
        sent_twice();
        clocks();
        vanished();
        unknown_slices();
        not_understood();
        return std::move(findings_);
    }

private:
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
                    {"Configure the same number of slices for this runner on every machine, and "
                     "restart Mailman on all of them.",
                     {}});
            });
    }

    void run_twice() {
        for_first_overlap(
            [](const runner_run& a, const runner_run& b) {
                if (a.slices != b.slices || *a.slice != *b.slice) return std::string();
                return std::to_string(*a.slice) + '/' + std::to_string(a.slices) + ' ' +
                       std::to_string(std::min(a.machine, b.machine)) + ' ' +
                       std::to_string(std::max(a.machine, b.machine));
            },
            [&](const runner_run& a, const runner_run& b, std::uint64_t times, double seconds) {
                const period both = common(time_of(a), time_of(b));
                finding& f =
                    add(severity::attention, "slice-run-twice",
                        a.runner + " slice " + slice_text(*a.slice, a.slices),
                        a.machine == b.machine
                            ? fmt::format("{} ran it twice at the same time ({}).",
                                          machine(a.machine), from_to(both))
                            : fmt::format("{} and {} both ran it ({}).",
                                          machine(std::min(a.machine, b.machine)),
                                          machine(std::max(a.machine, b.machine)), from_to(both)));
                if (times > 1) {
                    f.what += fmt::format(" This happened {} times, for {} in total.", times,
                                          age_text(seconds));
                }
                f.what += " They race for each entry, and a message can be sent twice.";
                f.to_do.push_back({"Run each slice on one machine only.", {}});
            });
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

    void unserved() {
        for (const slice_history& slice : d_.slices) {
            if (slice.runs == 0) {
                if (some_unknown(slice.runner)) continue;
                finding& f = add(severity::attention, "slice-not-run", name_of(slice),
                                 "None of these machines ran it; its entries wait.");
                f.to_do.push_back(
                    {"Start it on one machine, or include the logs of the machine that runs it.",
                     fmt::format("--runner={}:{}:{}", slice.runner, slice.slice, slice.slices)});
                continue;
            }
            for (const period& gap : slice.gaps) tell_gap(slice, gap);
        }
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
        what += fmt::format(" It ran on {}.", machines_of(slice));
        if (!alone && !single)
            what += " The runner's other slices were not served either: the site was stopped.";
        finding& f = add(alone || single ? severity::attention : severity::note, "gap",
                         name_of(slice), std::move(what));
        if (f.weight == severity::note) return;
        f.to_do.push_back({to_the_end ? "Start it again; until then its entries wait."
                                      : "Check that machine's error log for why it stopped; its "
                                        "entries waited until it was back.",
                           {}});
    }

    void restarts() {
        for (const log_trouble& t : history_.troubles) {
            if (t.kind != "restart-limit") continue;
            const runner_run* last = nullptr;
            for (const runner_run& run : history_.runs) {
                if (run.machine != t.machine || run.runner != t.what || !run.ended) continue;
                if (*run.ended <= t.time + options_.overlap_s &&
                    (last == nullptr || *run.ended >= *last->ended)) {
                    last = &run;
                }
            }
            add(severity::attention, "restart-limit", machine(t.machine) + ", " + t.what,
                fmt::format("It reached the master's restart limit at {} and was not restarted "
                            "again ({}).{}",
                            date_text(t.time), t.place,
                            last != nullptr && last->slice
                                ? " Slice " + slice_text(*last->slice, last->slices) +
                                      " has had no runner since then."
                                : std::string()))
                .to_do = {{"Check the error log for why it dies; a malformed file name in its "
                           "queue is a common cause.",
                           "qslice-sim inspect QFILES"},
                          {"Then restart Mailman on that machine.", {}}};
        }
        std::map<std::tuple<std::size_t, std::string, std::uint64_t>, std::vector<log_time>> ends;
        for (const runner_run& run : history_.runs) {
            if (run.restarted && run.ended && *run.ended >= history_.from &&
                *run.ended <= history_.to) {
                ends[{run.machine, run.runner, run.slice.value_or(0)}].push_back(*run.ended);
            }
        }
        constexpr std::size_t many = 3;
        constexpr double soon_s = 3600;
        for (auto& [who, times] : ends) {
            std::sort(times.begin(), times.end());
            for (std::size_t i = 0; i + many <= times.size(); ++i) {
                if (times[i + many - 1] - times[i] > soon_s) continue;
                add(severity::attention, "restarts",
                    machine(std::get<0>(who)) + ", " + std::get<1>(who),
                    fmt::format("The master had to restart it {} times, {} times within an hour "
                                "from {}. After 10 restarts it gives up.",
                                times.size(), many, date_text(times[i])))
                    .to_do = {{"Check the error log for why it dies.", {}}};
                break;
            }
        }
    }

    void troubles() {
        struct told {
            std::string_view kind;
            std::string_view one;
            std::string_view many;
            std::string_view advice;
        };
        static constexpr told kinds[] = {
            {"shunted", "message was set aside into shunt/", "messages were set aside into shunt/",
             "Find the cause in the error log, then requeue them with unshunt."},
            {"preserved", "entry was preserved as .psv for inspection",
             "entries were preserved as .psv for inspection",
             "Inspect bad/ (or shunt/) and decide about each."},
            {"malformed-name", "time a runner died because of a file name in its queue",
             "times a runner died because of a file name in its queue",
             "Find the file with 'qslice-sim inspect' and move it out of the queue."},
            {"exception", "exception was logged", "exceptions were logged",
             "Read that machine's error log."},
        };
        for (const told& kind : kinds) {
            for (std::size_t m = 0; m < history_.machines.size(); ++m) {
                std::uint64_t count = 0;
                const log_trouble* first = nullptr;
                for (const log_trouble& t : history_.troubles) {
                    if (t.machine != m || t.kind != kind.kind) continue;
                    if (first == nullptr) first = &t;
                    ++count;
                }
                if (first == nullptr) continue;
                add(severity::attention, std::string(kind.kind), machine(m),
                    fmt::format("{}, first at {}: '{}' ({}).", counted(count, kind.one, kind.many),
                                date_text(first->time), printable(first->what), first->place))
                    .to_do = {{std::string(kind.advice), {}}};
            }
        }
    }

    void split() {
        if (d_.by_machine.parts.size() < 2 || d_.by_machine.total == 0) return;
        if (one_machine()) return;
        const bool odd_machines = d_.by_machine.test.p_value < options_.alpha;
        const bool odd_slices =
            !d_.by_slice.parts.empty() && d_.by_slice.test.p_value < options_.alpha;
        if (!odd_machines && !odd_slices) return;
        const observed_split& split = odd_machines ? d_.by_machine : d_.by_slice;
        finding& f =
            add(severity::attention, "uneven-split", "deliveries", split_sentence(split, options_));
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
        if (least == nullptr) return;
        f.what += fmt::format(" {} falls furthest below its expected share.", least->name);
        f.to_do.push_back({cause_of(least->name), {}});
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

    void sent_twice() {
        if (d_.sent_twice == 0) return;
        add(severity::attention, "sent-twice", "deliveries",
            fmt::format("{} sent by two machines to the same number of recipients within an hour, "
                        "for example {}.",
                        counted(d_.sent_twice, "message was", "messages were"),
                        printable(d_.sent_twice_example)))
            .to_do = {
            {"Two runners took the same entry, or one crashed between sending and finishing: look "
             "for slices that are run twice.",
             {}}};
    }

    void clocks() {
        for (const machine_history& m : history_.machines) {
            if (m.clock_back == 0) continue;
            add(severity::note, "clock-back", m.name,
                fmt::format("Its time stamps jump back {}, by up to {} ({}): the clock was set, or "
                            "daylight saving time ended.",
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
                fmt::format("{} without a log entry, first {} (pid {}) after {}: the machine lost "
                            "power, or the process was killed together with its master.",
                            counted(count, "runner ended", "runners ended"), first->runner,
                            first->pid, date_text(first->seen_last)));
        }
    }

    void unknown_slices() {
        std::map<std::size_t, std::set<std::string>> unknown;
        for (const runner_run& run : history_.runs) {
            if (!run.slice) unknown[run.machine].insert(run.runner);
        }
        for (const auto& [m, runners] : unknown) {
            std::string names;
            for (const std::string& name : runners) names += (names.empty() ? "" : ", ") + name;
            add(severity::note, "slices-unknown", machine(m),
                fmt::format("These logs do not show which slices {} served: Mailman logs the slice "
                            "only when a runner ends{}. Give them with --running {}={}:0:N.",
                            names,
                            queue_of_runner(*runners.begin()) ==
                                    std::optional<std::string_view>(*runners.begin())
                                ? ", and Mailman 3 only at log level debug"
                                : "",
                            machine(m), *runners.begin()));
        }
    }

    void not_understood() {
        for (const machine_history& m : history_.machines) {
            if (m.not_understood == 0) continue;
            add(severity::note, "not-understood", m.name,
                fmt::format("{} could not be parsed.",
                            counted(m.not_understood, "line was", "lines were")));
        }
    }

    const logs_diagnosis& d_;
    const site_history& history_;
    const logs_options& options_;
    std::vector<finding> findings_;
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
    text += fmt::format(
        " {} produces a split at least this uneven with probability {} ({}): {}.",
        split.assumed_equal ? "Chance among equal machines" : "Chance among these slices",
        p >= 0.001 ? share_text(p) : fmt::format("{:.2g}", p),
        methods[static_cast<std::size_t>(split.test.how)],
        p < options.alpha ? "this is a problem" : "this is not a problem");
    return text;
}

}  // namespace qslice::sim::diagnosis
