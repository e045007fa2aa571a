#include "sim/site/logs_diagnosis.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/site/history_findings.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/slice_plan.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/partition/named_partition.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

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
    if (history.deliveries.empty()) return {};
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

void find_sent_twice(logs_diagnosis& d) {
    constexpr double within_s = 3600;
    std::unordered_map<std::string_view, std::vector<const delivery*>> by_message;
    for (const delivery& sent : d.history.deliveries) by_message[sent.message].push_back(&sent);
    const delivery* earliest = nullptr;
    for (const auto& [message, sent] : by_message) {
        const bool twice =
            std::any_of(sent.begin(), sent.end(), [&, &all = sent](const delivery* a) {
                return std::any_of(all.begin(), all.end(), [&](const delivery* b) {
                    // If it had fewer recipients, it was a retry.
                    return a->machine < b->machine && a->recipients == b->recipients &&
                           std::abs(a->time - b->time) <= within_s;
                });
            });
        if (!twice) continue;
        ++d.sent_twice;
        const delivery* first = sent.front();
        if (earliest == nullptr ||
            std::tie(first->time, first->message) < std::tie(earliest->time, earliest->message)) {
            earliest = first;
        }
    }
    if (earliest != nullptr) d.sent_twice_example = earliest->message;
}

}  // namespace

result<logs_diagnosis> diagnose_logs(site_history history, const logs_options& options) {
    const bool any = std::any_of(history.machines.begin(), history.machines.end(),
                                 [](const machine_history& m) { return m.entries > 0; });
    if (!any && !history.not_understood.empty()) {
        const shown_line& first = history.not_understood.front();
        return failure(error_code::malformed, first.place,
                       "expected a Mailman log, with lines such as 'May 24 15:23:34 2014 (11512) "
                       "...'; found '" +
                           printable(first.text) + "'");
    }
    logs_diagnosis d;
    d.history = std::move(history);
    d.slices = slice_histories(d.history, options.gap_s);
    if (auto split = split_deliveries(d, options); !split) return failure(split.error());
    find_sent_twice(d);
    d.findings = history_findings(d, options);
    sort_by_weight(d.findings);
    return d;
}

}  // namespace qslice::sim::diagnosis
