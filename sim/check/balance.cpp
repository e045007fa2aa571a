#include "sim/check/balance.hpp"

#include "sim/check/backlog.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/check/statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// The probability with which chance leaves the band, on either side.
constexpr double band_alpha = 0.01;
constexpr double load_alpha = 0.001;

/// Loads relative to the wanted shares: 1 is even.
std::vector<double> loads_of(const std::vector<part_result>& parts, double part_result::*figure) {
    double total = 0;
    for (const part_result& part : parts) total += part.*figure;
    std::vector<double> loads;
    for (const part_result& part : parts) {
        if (part.wanted_share > 0 && total > 0) {
            loads.push_back(part.*figure / (total * part.wanted_share));
        }
    }
    return loads;
}

double largest(const std::vector<double>& loads) {
    return loads.empty() ? not_measured : *std::max_element(loads.begin(), loads.end());
}

/// The shares of a queue's slices, those of the hash space or those wanted; a single one if it has
/// no runners.
std::vector<double> queue_shares(const run_record& run, std::uint32_t queue,
                                 std::vector<double> queue_division::*shares) {
    if (queue >= run.queue_slices.size()) return {1};
    const queue_division* const d = run.division_of(queue, run.queue_slices[queue]);
    return d ? d->*shares : std::vector<double>{1};
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

/// The probability of each machine to deliver an entry with a random hash, at each time of a run.
///
/// A restarted runner also counts in between, and one started with the site counts from the run's
/// start, since the waiting entries are its own. Machines that are added or removed, and other
/// numbers of slices, change the shares from then on.
class owners_over_time {
public:
    using shares = std::map<std::string, double>;

    owners_over_time(const run_record& run, std::uint32_t queue) : run_(run), queue_(queue) {
        std::map<std::tuple<std::string, std::uint64_t, std::uint64_t>, stay> stays;
        for (const process_record& p : run.processes) {
            if (queue == none || p.queue != queue) continue;
            const auto [at, first] =
                stays.try_emplace({p.machine, p.slice, p.slices}, stay{p.started, p.ended});
            if (first) continue;
            at->second.from = std::min(at->second.from, p.started);
            at->second.until = std::max(at->second.until, p.ended);
        }
        const virtual_time all_started = add(run.started, to_duration(run.setting.start_within_s));
        for (auto& [who, when] : stays) {
            if (when.from <= all_started) when.from = std::min(when.from, run.started);
            runners_.push_back({std::get<0>(who), std::get<1>(who), std::get<2>(who), when});
            changes_.push_back(when.from);
            changes_.push_back(when.until);
        }
        std::sort(changes_.begin(), changes_.end());
        changes_.erase(std::unique(changes_.begin(), changes_.end()), changes_.end());
        known_.resize(changes_.size() + 1);
    }

    /// Their sum is 1; empty if nothing runs. The reference is valid as long as this object.
    const shares& at(virtual_time time) {
        const auto after = static_cast<std::size_t>(
            std::upper_bound(changes_.begin(), changes_.end(), time) - changes_.begin());
        auto& known = known_[after];
        if (!known) known = shares_at(time);
        return *known;
    }

    /// Whether, at a requested time, a slice had several machines or the queue several divisions.
    [[nodiscard]] bool contested() const { return contested_; }

private:
    struct stay {
        virtual_time from;
        virtual_time until;
    };
    struct runner {
        std::string machine;
        std::uint64_t slice;
        std::uint64_t slices;
        stay when;
    };

    shares shares_at(virtual_time time) {
        std::vector<const runner*> here;
        std::set<std::uint64_t> divisions;
        for (const runner& r : runners_) {
            if (time < r.when.from || time > r.when.until) continue;
            here.push_back(&r);
            divisions.insert(r.slices);
        }
        shares found;
        const auto share_out = [&](const std::vector<const runner*>& owners, double share) {
            std::set<std::string> names;
            for (const runner* r : owners) names.insert(r->machine);
            contested_ = contested_ || names.size() > 1;
            for (const std::string& name : names) {
                found[name] += share / static_cast<double>(names.size());
            }
        };
        if (divisions.size() == 1) {
            const queue_division* const division = run_.division_of(queue_, *divisions.begin());
            if (!division) return found;
            const std::vector<double>& of_slice = division->shares;
            for (std::uint64_t k = 0; k < of_slice.size(); ++k) {
                std::vector<const runner*> owners;
                std::copy_if(here.begin(), here.end(), std::back_inserter(owners),
                             [&](const runner* r) { return r->slice == k; });
                share_out(owners, of_slice[k]);
            }
        } else {
            by_sample(here, share_out);
        }
        double sum = 0;
        for (const auto& [name, share] : found) sum += share;
        for (auto& [name, share] : found) share /= sum > 0 ? sum : 1;
        return found;
    }

    /// For several simultaneous divisions: evenly spaced hashes, each with the machines that would
    /// take it.
    template <class ShareOut>
    void by_sample(const std::vector<const runner*>& here, const ShareOut& share_out) {
        std::vector<std::pair<const runner*, const std::vector<std::uint32_t>*>> samples;
        for (const runner* r : here) {
            const queue_division* const division = run_.division_of(queue_, r->slices);
            if (division && !division->samples.empty()) samples.emplace_back(r, &division->samples);
        }
        for (std::uint64_t i = 0; i < sampled_hashes; ++i) {
            std::vector<const runner*> owners;
            for (const auto& [r, slice_of_sample] : samples) {
                if ((*slice_of_sample)[i] == r->slice) owners.push_back(r);
            }
            share_out(owners, 1.0 / sampled_hashes);
        }
    }

    const run_record& run_;
    std::uint32_t queue_;
    std::vector<runner> runners_;
    std::vector<virtual_time> changes_;
    std::vector<std::optional<shares>> known_;  ///< periods before, between and after the changes
    bool contested_ = false;
};

}  // namespace

queue_balance check_balance(const run_index& index, std::uint32_t queue) {
    const run_record& run = index.run;
    const std::vector<double> shares = queue_shares(run, queue, &queue_division::shares);
    const std::vector<double> wanted = queue_shares(run, queue, &queue_division::wanted);
    queue_balance balance;
    balance.queue = run.queues[queue];
    balance.independent = run.policy.keeps_together == affinity_kind::none;
    balance.slices.resize(shares.size());
    for (std::size_t k = 0; k < shares.size(); ++k) {
        balance.slices[k].name = std::to_string(k);
        balance.slices[k].expected_share = shares[k];
        balance.slices[k].wanted_share = wanted[k];
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
        if (part.wanted_share > 0) loads.push_back(part.share / part.wanted_share);
    }
    if (balance.total > 0) {
        balance.max_over_mean = largest(loads);
        balance.cv = coefficient_of_variation(loads);
        balance.max_over_mean_expected = expected_max_over_mean(balance.total, shares, wanted);
        balance.max_over_mean_allowed =
            allowed_max_over_mean(balance.total, shares, load_alpha, wanted);
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
    split.independent = run.policy.keeps_together == affinity_kind::none;
    const std::uint32_t out = run.queue_index(run.exit_queue);
    owners_over_time owners(run, out);

    std::map<std::string, part_result> machines;
    for (const process_record& process : run.processes) {
        if (out == none || process.queue != out) continue;
        machines[process.machine].working_s += to_seconds(process.working);
    }
    for (const effect_record& delivery : run.deliveries) {
        if (delivery.process >= run.processes.size()) continue;
        ++machines[run.processes[delivery.process].machine].count;
        ++split.total;
        // Regardless of who made it: any machine that took from out/ at that time might have.
        for (const auto& [name, share] : owners.at(delivery.time)) {
            machines[name].expected_share += share;
        }
    }
    if (split.total == 0) {
        for (const auto& [name, share] : owners.at(run.started)) {
            machines[name].expected_share = share;
        }
    }
    double covered = 0;
    for (const auto& [name, part] : machines) covered += part.expected_share;
    std::vector<double> expected;
    for (auto& [name, part] : machines) {
        part.name = name;
        part.machines = {name};
        part.expected_share /= covered > 0 ? covered : 1;
        part.wanted_share = part.expected_share;
        if (part.count == 0 && part.expected_share > 0) ++split.unused;
        expected.push_back(part.expected_share);
        split.machines.push_back(std::move(part));
    }
    split.contested = owners.contested();
    add_shares(split.machines, split.total);
    split.test = test_parts(split.machines, run.setting.seed);
    if (!expected.empty() && split.total > 0) {
        split.p_unused = probability_of_unused(split.total, expected);
    }
    return split;
}

}  // namespace qslice::sim
