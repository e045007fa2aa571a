#include "sim/site/logs_diagnosis.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/site/history_findings.hpp"
#include "sim/site/log_stamp.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/slice_plan.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/partition/named_partition.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

/// Merges periods that touch or overlap.
std::vector<period> joined(std::vector<period> periods) {
    std::sort(periods.begin(), periods.end());
    std::vector<period> result;
    for (const period& p : periods) {
        if (!result.empty() && p.first <= result.back().second) {
            result.back().second = std::max(result.back().second, p.second);
        } else {
            result.push_back(p);
        }
    }
    return result;
}

/// The gaps of a period that no part covers and that are longer than a limit.
std::vector<period> left_out(const period& whole, const std::vector<period>& parts, double limit) {
    std::vector<period> gaps;
    log_time at = whole.first;
    for (const period& p : parts) {
        if (p.first - at > limit) gaps.emplace_back(at, std::min(p.first, whole.second));
        at = std::max(at, p.second);
    }
    if (whole.second - at > limit) gaps.emplace_back(at, whole.second);
    return gaps;
}

std::vector<slice_history> slice_histories(const site_history& history, double gap_s) {
    using key = std::tuple<std::string, std::uint64_t, std::uint64_t>;
    std::map<key, slice_history> slices;
    std::map<std::pair<std::string, std::uint64_t>, period> in_use;
    for (const runner_run& run : history.runs) {
        if (!run.slice) continue;
        const period time = run.within(history.from, history.to);
        if (time.second < time.first) continue;
        const auto [use, fresh] = in_use.try_emplace({run.runner, run.slices}, time);
        if (!fresh) {
            use->second.first = std::min(use->second.first, time.first);
            use->second.second = std::max(use->second.second, time.second);
        }
        for (std::uint64_t k = 0; fresh && k < std::min<std::uint64_t>(run.slices, 4096); ++k) {
            slices[{run.runner, run.slices, k}].slice = k;
        }
        slice_history& slice = slices[{run.runner, run.slices, *run.slice}];
        slice.slice = *run.slice;
        ++slice.runs;
        slice.restarts += run.restarted ? 1 : 0;
        slice.served.push_back(time);
        slice.machines.push_back(run.machine);
    }
    std::vector<slice_history> result;
    for (auto& [k, slice] : slices) {
        slice.runner = std::get<0>(k);
        slice.slices = std::get<1>(k);
        auto& machines = slice.machines;
        std::sort(machines.begin(), machines.end());
        machines.erase(std::unique(machines.begin(), machines.end()), machines.end());
        slice.served = joined(std::move(slice.served));
        slice.in_use = in_use.at({slice.runner, slice.slices});
        // What happened before a machine's logs begin is unknown.
        log_time known = history.to;
        for (const std::size_t m : machines) {
            known = std::min(known, history.machines[m].first.value_or(history.from));
        }
        if (machines.empty()) known = slice.in_use.first;
        slice.gaps = left_out({std::max(slice.in_use.first, known), slice.in_use.second},
                              slice.served, gap_s);
        result.push_back(std::move(slice));
    }
    return result;
}

/// The share of each of n slices.
result<std::vector<double>> shares_for(const std::string& partition, std::uint64_t n) {
    slice_plan_options options;
    options.partition = partition;
    if (!named_partition(partition).has_own_numbers()) options.slices = std::to_string(n);
    const auto plan = slice_plan::make(options);
    if (!plan) return failure(plan.error());
    const auto queue = plan->for_queue("out");
    if (!queue) return failure(queue.error());
    if (queue->division.slice_count() != n) {
        return failure(error_code::malformed, "--partition",
                       "'" + partition + "' has " + std::to_string(queue->division.slice_count()) +
                           " slices, but the logs show runners of out/ with " + std::to_string(n));
    }
    return queue->division.shares();
}

void test(observed_split& split) {
    std::vector<std::uint64_t> counts;
    std::vector<double> shares;
    for (const auto& part : split.parts) {
        counts.push_back(part.count);
        shares.push_back(part.expected_share);
        split.total += part.count;
    }
    split.test = test_split(counts, shares);
}

bool is_outgoing(const runner_run& run) {
    return queue_of_runner(run.runner) == std::optional<std::string_view>("out");
}

/// Which slices of out/ each machine served, if all are known, disjoint and of one division.
struct known_slices {
    std::uint64_t slices = 0;  ///< 0: unknown
    std::vector<std::set<std::uint64_t>> by_machine;
};

known_slices outgoing_slices(const site_history& history) {
    known_slices known;
    known.by_machine.resize(history.machines.size());
    std::map<std::uint64_t, std::size_t> server;
    for (const runner_run& run : history.runs) {
        const period time = run.within(history.from, history.to);
        if (!is_outgoing(run) || time.second < time.first) continue;
        const auto other =
            run.slice ? server.try_emplace(*run.slice, run.machine).first : server.end();
        if (!run.slice || (known.slices != 0 && known.slices != run.slices) ||
            other->second != run.machine) {
            known.slices = 0;
            return known;
        }
        known.slices = run.slices;
        known.by_machine[run.machine].insert(*run.slice);
    }
    if (server.size() != known.slices) known.slices = 0;
    return known;
}

result<void> split_deliveries(logs_diagnosis& d, const logs_options& options) {
    const site_history& history = d.history;
    if (history.deliveries.empty() || d.two_versions) return {};
    const known_slices known = outgoing_slices(history);
    std::vector<double> shares;
    if (known.slices != 0) {
        auto told = shares_for(options.partition, known.slices);
        if (!told) return failure(told.error());
        shares = std::move(*told);
    }
    d.by_machine.assumed_equal = known.slices == 0;
    const double equal = 1.0 / static_cast<double>(history.machines.size());
    for (std::size_t m = 0; m < history.machines.size(); ++m) {
        double share = known.slices == 0 ? equal : 0;
        if (known.slices != 0) {
            for (const std::uint64_t k : known.by_machine[m]) share += shares[k];
        }
        d.by_machine.parts.push_back(
            {history.machines[m].name, history.machines[m].deliveries, share});
    }
    test(d.by_machine);

    // By slice, which is also correct if a machine took over another's slice.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> counts;
    std::set<std::uint64_t> numbers;
    for (const delivery& sent : history.deliveries) {
        if (sent.run >= history.runs.size() || !history.runs[sent.run].slice) return {};
        const runner_run& run = history.runs[sent.run];
        ++counts[{run.slices, *run.slice}];
        numbers.insert(run.slices);
    }
    if (numbers.size() != 1) return {};
    const std::uint64_t n = *numbers.begin();
    auto told = shares_for(options.partition, n);
    if (!told) return failure(told.error());
    for (std::uint64_t k = 0; k < n; ++k) {
        d.by_slice.parts.push_back(
            {std::to_string(k + 1) + '/' + std::to_string(n), counts[{n, k}], (*told)[k]});
    }
    test(d.by_slice);
    return {};
}

/// Whether some machines run Mailman 2.1 and others Mailman 3, as their runners' names show.
bool has_two_versions(const site_history& history) {
    bool v21 = false;
    bool v3 = false;
    for (const runner_run& run : history.runs) {
        for (const queue_names& known : known_queues) {
            v21 = v21 || (!known.runner21.empty() && run.runner == known.runner21);
            v3 = v3 || (!known.runner3.empty() && run.runner == known.runner3);
        }
    }
    return v21 && v3;
}

/// By process, where one machine's slices are unknown: its runners of out/ that ran all the time.
void split_by_process(logs_diagnosis& d) {
    const site_history& history = d.history;
    if (history.machines.size() != 1 || history.deliveries.empty() || !d.by_slice.parts.empty()) {
        return;
    }
    constexpr double nearly_all = 0.95;
    const period sending{history.deliveries.front().time, history.deliveries.back().time};
    std::uint64_t total = 0;
    for (const runner_run& run : history.runs) {
        if (!is_outgoing(run) || run.vanished) continue;
        period time = run.within(sending.first, sending.second);
        // One whose start is not shown may have taken another's place.
        if (!run.started) time.first = std::max(time.first, run.seen_first);
        if (time.second - time.first < nearly_all * (sending.second - sending.first)) continue;
        d.by_process.parts.push_back({"pid " + std::to_string(run.pid), run.deliveries, 0});
        total += run.deliveries;
    }
    // With other processes, or a single one, there is nothing to compare.
    if (d.by_process.parts.size() < 2 || total != history.deliveries.size()) {
        d.by_process = {};
        return;
    }
    d.by_process.assumed_equal = true;
    const double share = 1.0 / static_cast<double>(d.by_process.parts.size());
    for (auto& part : d.by_process.parts) part.expected_share = share;
    test(d.by_process);
}

/// Runners of out/ that begin the next delivery when the last one ends, for long enough.
void find_busy(logs_diagnosis& d) {
    constexpr double busy_share = 0.9;
    constexpr double least_s = 600;
    constexpr std::uint64_t least_deliveries = 10;
    constexpr double pause_s = 5;  // stamps are whole seconds; a look at the queue takes one
    std::map<std::size_t, busy_sender> current;
    const auto close = [&](busy_sender& b) {
        if (b.deliveries >= least_deliveries && b.busy.second - b.busy.first >= least_s &&
            b.share() >= busy_share) {
            d.busy.push_back(b);
        }
        b = {};
    };
    for (const delivery& sent : d.history.deliveries) {
        if (sent.run >= d.history.runs.size()) continue;
        busy_sender& b = current[sent.run];
        const double begun = sent.time - sent.seconds;
        if (b.deliveries > 0 && begun - b.busy.second > pause_s) close(b);
        if (b.deliveries == 0) {
            b.run = sent.run;
            b.busy.first = begun;
        }
        b.busy.second = std::max(b.busy.second, sent.time);
        ++b.deliveries;
        b.recipients += sent.recipients;
        b.sending_s += sent.seconds;
    }
    for (auto& [run, b] : current) close(b);
}

/// Whether one line of a log was read twice, from two files.
bool is_one_line(const site_history& history, const delivery& a, const delivery& b) {
    const auto pid = [&](const delivery& d) {
        return d.run < history.runs.size() ? history.runs[d.run].pid : 0;
    };
    return a.time == b.time && a.seconds == b.seconds && a.recipients == b.recipients &&
           pid(a) == pid(b);
}

void find_sent_twice(logs_diagnosis& d) {
    constexpr double soon_s = 3600;
    // As long as a delivery can be tried again.
    constexpr double tried_for_s = 5.0 * 86400;
    const auto& all = d.history.deliveries;
    // By message and list; the deliveries of a machine come before those of the next.
    std::map<std::pair<std::uint64_t, std::string_view>, std::vector<const delivery*>> repeated;
    if (d.history.repeated.empty()) return;
    for (const delivery& sent : all) {
        if (!d.history.repeated.contains(sent.message)) continue;
        repeated[{sent.message, d.history.origin_of(sent).list}].push_back(&sent);
    }
    const delivery* earliest = nullptr;
    for (auto& [message, deliveries] : repeated) {
        std::stable_sort(deliveries.begin(), deliveries.end(),
                         [](const delivery* a, const delivery* b) { return a->time < b->time; });
        const auto again = std::adjacent_find(
            deliveries.begin(), deliveries.end(),
            [&](const delivery* a, const delivery* b) { return is_one_line(d.history, *a, *b); });
        d.read_twice += again != deliveries.end() ? 1 : 0;
        const id_marks::mark answers = d.history.messages.of(message.first);
        // With fewer recipients it was a retry; so it was if some refused the first time.
        if (answers & site_history::refused) continue;
        const bool taken = (answers & site_history::taken) != 0;
        bool counted = false;
        for (std::size_t i = 0; i + 1 < deliveries.size() && !counted; ++i) {
            const delivery& a = *deliveries[i];
            for (std::size_t j = i + 1; j < deliveries.size() && !counted; ++j) {
                const delivery& b = *deliveries[j];
                if (b.time - a.time > (taken ? tried_for_s : soon_s)) break;
                if (a.recipients != b.recipients || is_one_line(d.history, a, b)) continue;
                const bool certain =
                    taken || d.history.origin_of(a).machine != d.history.origin_of(b).machine;
                ++(certain ? d.sent_twice : d.tried_twice);
                const bool by_one = a.run == b.run && a.run < d.history.runs.size();
                d.sent_twice_by_one += certain && by_one ? 1 : 0;
                d.sent_twice_apart_s = std::max(d.sent_twice_apart_s, b.time - a.time);
                counted = true;
                if (earliest == nullptr || a.time < earliest->time) earliest = &a;
            }
        }
    }
    if (earliest != nullptr) {
        d.sent_twice_example =
            d.history.repeated.at(earliest->message) + ' ' + d.history.origin_of(*earliest).list;
    }
}

/// Where the logs have nothing but other programs' lines.
std::optional<error> nothing_of_mailman(const site_history& history) {
    other_programs others;
    std::uint64_t unknown = 0;
    for (const machine_history& m : history.machines) {
        others.add(m.others);
        unknown += m.not_understood;
    }
    if (others.empty() || unknown > others.lines()) return std::nullopt;
    std::string found = others.text();
    for (const machine_history& m : history.machines) {
        if (m.service_ends.count == 0) continue;
        found += ". Of Mailman's service it says: '" +
                 printable(m.service_ends.causes.begin()->first) + "' (" + m.service_ends.place +
                 ')';
    }
    if (unknown > 0) found += ", and " + counted(unknown, "unknown line", "unknown lines");
    return error{error_code::malformed, printable(history.machines.front().files.front()),
                 "has no entry of Mailman's, only lines of other programs: " + found +
                     ". Expected Mailman's own logs, which it writes to files by default, not to "
                     "the journal: the directory /var/log/mailman (2.1), /var/log/mailman3 or "
                     "/opt/mailman/core/var/logs (3, docker); or the output of the container that "
                     "runs Mailman's core"};
}

}  // namespace

result<logs_diagnosis> diagnose_logs(site_history history, const logs_options& options) {
    const bool any = std::any_of(
        history.machines.begin(), history.machines.end(),
        [](const machine_history& m) { return m.entries > 0 || m.bare_traces.count > 0; });
    if (!any) {
        if (const auto found = nothing_of_mailman(history)) return failure(*found);
    }
    if (!any && !history.not_understood.empty()) {
        const shown_line& first = history.not_understood.front();
        if (const auto at = hidden_stamp(first.text)) {
            return failure(error_code::malformed, first.place,
                           "the prefix '" + printable(first.text.substr(0, *at)) +
                               "' before the entry's stamp is not known; take it off, for example "
                               "with: sed 's/^.\\{" +
                               std::to_string(*at) + "\\}//' FILE | " + "qslice-sim logs -");
        }
        return failure(error_code::malformed, first.place,
                       "expected a Mailman log, with lines such as 'May 24 15:23:34 2014 (11512) "
                       "...'; found '" +
                           printable(first.text) + "'");
    }
    logs_diagnosis d;
    d.history = std::move(history);
    d.two_versions = has_two_versions(d.history);
    d.slices = slice_histories(d.history, options.gap_s);
    if (auto split = split_deliveries(d, options); !split) return failure(split.error());
    split_by_process(d);
    find_busy(d);
    find_sent_twice(d);
    d.findings = history_findings(d, options);
    sort_by_weight(d.findings);
    return d;
}

}  // namespace qslice::sim::diagnosis
