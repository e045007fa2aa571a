#include "sim/model/queue_divisions.hpp"

#include "sim/record/policy_facts.hpp"

#include <algorithm>
#include <set>

namespace qslice::sim {

queue_divisions::queue_divisions(run_record& record, const site_program& program)
    : record_(record) {
    record.policy = program.facts();
    std::set<key> wanted;
    for (const machine_choice& machine : record.setting.machines) {
        for (const runner_choice& choice : machine.runners) {
            for (const auto& runner : program.runners()) {
                if (runner.class_name != choice.runner) continue;
                wanted.emplace(record.queue_index(runner.queue), choice.slices);
            }
        }
    }
    std::set<key> changed;
    for (const slice_change_choice& change : record.setting.deployment.changes) {
        for (const auto& [queue, slices] : wanted) {
            if (change.queue.empty() || record.queues[queue] == change.queue) {
                changed.emplace(queue, change.slices);
            }
        }
    }
    wanted.merge(changed);
    for (const auto& [queue, slices] : wanted) {
        const auto& made =
            divisions_.emplace(key{queue, slices}, program.divide(record.queues[queue], slices))
                .first->second;
        record.divisions.push_back({queue, slices, made.shares, made.wanted, made.overlaps, {}});
    }
    for (queue_division& d : record.divisions) {
        const auto is_of_queue = [&](const key& k) { return k.first == d.queue; };
        if (std::count_if(wanted.begin(), wanted.end(), is_of_queue) < 2) continue;
        d.samples.reserve(sampled_hashes);
        const site_program::division& division = divisions_.at({d.queue, d.slices});
        for (std::uint64_t i = 0; i < sampled_hashes; ++i) {
            d.samples.push_back(division.slice_of(sampled_hash(i)));
        }
    }
}

std::uint32_t queue_divisions::slice_of(std::uint32_t queue, const hash_value& hash) const {
    const std::uint64_t slices = record_.queue_slices[queue];
    return slices == 0 ? 0 : divisions_.at({queue, slices}).slice_of(hash);
}

bool queue_divisions::owns(std::uint32_t queue, std::uint64_t slices, std::uint64_t slice,
                           const hash_value& hash) const {
    return divisions_.at({queue, slices}).owns(slice, hash);
}

void queue_divisions::mark_orphans(const site_program& program) const {
    const auto has_runner_type = [&](const entry_record& entry) {
        const auto& known = program.runners();
        return std::any_of(known.begin(), known.end(), [&](const auto& runner) {
            return runner.queue == record_.queues[entry.queue];
        });
    };
    const auto is_served = [&](const entry_record& entry) {
        return std::any_of(record_.processes.begin(), record_.processes.end(),
                           [&](const process_record& p) {
                               return p.queue == entry.queue && p.ended == never &&
                                      owns(p.queue, p.slices, p.slice, entry.name.hash);
                           });
    };
    for (entry_record& entry : record_.entries) {
        if (entry.fate != entry_fate::waiting || !has_runner_type(entry)) continue;
        if (!is_served(entry)) entry.fate = entry_fate::orphaned;
    }
}

void queue_divisions::record_owners() const {
    record_.further_owners.clear();
    for (std::uint32_t e = 0; e < record_.entries.size(); ++e) {
        const entry_record& entry = record_.entries[e];
        const hash_value& hash = entry.name.hash;
        for (auto at = divisions_.lower_bound({entry.queue, 0});
             at != divisions_.end() && at->first.first == entry.queue; ++at) {
            const std::uint64_t slices = at->first.second;
            const site_program::division& division = at->second;
            const bool is_own = slices == record_.queue_slices[entry.queue];
            const auto add = [&](std::uint64_t slice) {
                if (is_own && slice == entry.slice) return;
                record_.further_owners.push_back({e, slices, slice});
            };
            if (division.overlaps) {
                for (std::uint64_t k = 0; k < slices; ++k) {
                    if (division.owns(k, hash)) add(k);
                }
            } else if (!is_own) {
                add(division.slice_of(hash));
            }
        }
    }
}

}  // namespace qslice::sim
