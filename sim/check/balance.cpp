#include "sim/check/balance.hpp"

#include "sim/check/backlog.hpp"
#include "sim/check/shares.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/check/statistics.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// What chance leaves, in either direction, but once in so many times.
constexpr double band_alpha = 0.01;
constexpr double load_alpha = 0.001;

/// Loads in proportion to shares: 1 is what a part should have.
std::vector<double> loads_of(const std::vector<part_result>& parts, double part_result::*figure) {
    double total = 0;
    for (const part_result& part : parts) total += part.*figure;
    std::vector<double> loads;
    for (const part_result& part : parts) {
        if (part.expected_share > 0 && total > 0) {
            loads.push_back(part.*figure / (total * part.expected_share));
        }
    }
    return loads;
}

double largest(const std::vector<double>& loads) {
    return loads.empty() ? not_measured : *std::max_element(loads.begin(), loads.end());
}

/// The shares of a queue's slices; equal ones where the scenario's partition cannot be read.
std::vector<double> queue_shares(const run_record& run, std::uint32_t queue) {
    const std::uint64_t slices =
        queue < run.queue_slices.size() ? std::max<std::uint64_t>(1, run.queue_slices[queue]) : 1;
    const auto partition = partition_of(run.setting.policy, slices);
    if (!partition) return equal_shares(slices);
    return shares_of(*partition);
}

void add_shares(std::vector<part_result>& parts, std::uint64_t total) {
    for (part_result& part : parts) {
        if (total > 0) part.share = static_cast<double>(part.count) / static_cast<double>(total);
        const count_band band = band_of(total, part.expected_share, band_alpha);
        part.band_low = band.low;
        part.band_high = band.high;
    }
}

split_test test_parts(const std::vector<part_result>& parts, std::uint64_t seed) {
    std::vector<std::uint64_t> counts;
    std::vector<double> shares;
    for (const part_result& part : parts) {
        counts.push_back(part.count);
        shares.push_back(part.expected_share);
    }
    return test_split(counts, shares, seed);
}

}  // namespace

queue_balance check_balance(const run_index& index, std::uint32_t queue) {
    const run_record& run = index.run;
    const std::vector<double> shares = queue_shares(run, queue);
    queue_balance balance;
    balance.queue = run.queues[queue];
    balance.independent = !keeps_together(run.setting.policy.hash);
    balance.slices.resize(shares.size());
    for (std::size_t k = 0; k < shares.size(); ++k) {
        balance.slices[k].name = std::to_string(k);
        balance.slices[k].expected_share = shares[k];
    }
    for (const entry_record& entry : run.entries) {
        if (entry.queue != queue || entry.slice >= shares.size()) continue;
        ++balance.total;
        ++balance.slices[entry.slice].count;
    }
    for (const process_record& process : run.processes) {
        if (process.queue != queue || process.slice >= shares.size()) continue;
        part_result& part = balance.slices[process.slice];
        part.working_s += to_seconds(process.working);
        if (std::find(part.machines.begin(), part.machines.end(), process.machine) ==
            part.machines.end()) {
            part.machines.push_back(process.machine);
        }
    }
    const auto levels = backlog_levels(run, queue, shares.size());
    for (std::size_t k = 0; k < shares.size(); ++k) {
        balance.slices[k].backlog_mean = levels[k].mean;
        balance.slices[k].backlog_most = levels[k].most;
    }
    add_shares(balance.slices, balance.total);
    balance.test = test_parts(balance.slices, run.setting.seed);

    std::vector<double> loads;
    for (const part_result& part : balance.slices) {
        if (part.expected_share > 0) loads.push_back(part.share / part.expected_share);
    }
    if (balance.total > 0) {
        balance.max_over_mean = largest(loads);
        balance.cv = coefficient_of_variation(loads);
        balance.max_over_mean_expected = expected_max_over_mean(balance.total, shares);
        balance.max_over_mean_allowed = allowed_max_over_mean(balance.total, shares, load_alpha);
    }
    const auto work = loads_of(balance.slices, &part_result::working_s);
    balance.work_max_over_mean = largest(work);
    balance.work_cv = coefficient_of_variation(work);
    const auto backlog = loads_of(balance.slices, &part_result::backlog_mean);
    balance.backlog_max_over_mean = largest(backlog);
    balance.backlog_cv = coefficient_of_variation(backlog);
    return balance;
}

delivery_split check_deliveries(const run_index& index) {
    const run_record& run = index.run;
    delivery_split split;
    split.independent = !keeps_together(run.setting.policy.hash);
    const std::uint32_t out = run.queue_index("out");

    // Machines that ran a slice of out/ have its share, together where several ran it.
    std::map<std::uint64_t, std::set<std::string>> runners_of_slice;
    for (const process_record& process : run.processes) {
        if (out != none && process.queue == out) {
            runners_of_slice[process.slice].insert(process.machine);
        }
    }
    std::map<std::string, part_result> machines;
    const std::vector<double> shares = out == none ? std::vector<double>{} : queue_shares(run, out);
    double covered = 0;
    for (const auto& [slice, names] : runners_of_slice) {
        if (slice >= shares.size()) continue;
        covered += shares[slice];
        for (const std::string& name : names) {
            machines[name].expected_share += shares[slice] / static_cast<double>(names.size());
        }
    }
    for (auto& [name, part] : machines) part.expected_share /= covered > 0 ? covered : 1;

    for (const process_record& process : run.processes) {
        if (out == none || process.queue != out) continue;
        machines[process.machine].working_s += to_seconds(process.working);
    }
    for (const effect_record& delivery : run.deliveries) {
        if (delivery.process >= run.processes.size()) continue;
        ++machines[run.processes[delivery.process].machine].count;
        ++split.total;
    }
    std::vector<double> expected;
    for (auto& [name, part] : machines) {
        part.name = name;
        part.machines = {name};
        if (part.count == 0 && part.expected_share > 0) ++split.unused;
        expected.push_back(part.expected_share);
        split.machines.push_back(std::move(part));
    }
    add_shares(split.machines, split.total);
    split.test = test_parts(split.machines, run.setting.seed);
    if (!expected.empty() && split.total > 0) {
        split.p_unused = probability_of_unused(split.total, expected);
    }
    return split;
}

}  // namespace qslice::sim
