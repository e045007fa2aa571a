#include "sim/check/late_entries.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct period {
    virtual_time from{};
    virtual_time to{};
};

/// The entries of one slice, by time.
using slice_entries = std::vector<const entry_record*>;

class examiner {
public:
    examiner(const run_index& index, std::uint32_t queue, double limit_s)
        : run_(index.run), queue_(queue), limit_s_(limit_s) {}

    late_entries examine() {
        if (queue_ >= run_.queue_slices.size()) return found_;
        std::vector<slice_entries> slices(std::max<std::uint64_t>(run_.queue_slices[queue_], 1));
        for (const entry_record& entry : run_.entries) {
            if (entry.queue == queue_ && entry.slice < slices.size()) {
                slices[entry.slice].push_back(&entry);
            }
        }
        for (std::uint64_t slice = 0; slice < slices.size(); ++slice) {
            slice_entries& entries = slices[slice];
            std::stable_sort(entries.begin(), entries.end(),
                             [](auto* a, auto* b) { return a->enqueued < b->enqueued; });
            examine(slice, entries);
        }
        return found_;
    }

private:
    void examine(std::uint64_t slice, const slice_entries& entries) {
        slice_entries late;
        std::copy_if(entries.begin(), entries.end(), std::back_inserter(late), [&](auto* entry) {
            return entry->taken != never && to_seconds(entry->taken - entry->enqueued) >= limit_s_;
        });
        found_.late += late.size();
        if (late.empty()) return;
        for (const period& p : unserved(slice)) {
            const std::size_t met = remove_met(late, with_backlog(p, entries));
            found_.unserved += met;
            if (met > 0) note(first_fault_in(p));
        }
        for (std::uint32_t f = 0; f < run_.faults.size() && !late.empty(); ++f) {
            const std::size_t met =
                remove_met(late, with_backlog(in_force(run_.faults[f]), entries));
            found_.in_fault += met;
            if (met > 0) note(f);
        }
    }

    void note(std::uint32_t fault) { found_.first_fault = std::min(found_.first_fault, fault); }

    /// The times in which no runner of a slice was running.
    [[nodiscard]] std::vector<period> unserved(std::uint64_t slice) const {
        std::vector<period> runs;
        for (const process_record& process : run_.processes) {
            if (process.queue != queue_ || process.slice != slice ||
                process.slices != run_.queue_slices[queue_]) {
                continue;
            }
            runs.push_back({process.started, std::min(process.ended, run_.ended)});
        }
        std::sort(runs.begin(), runs.end(),
                  [](const period& a, const period& b) { return a.from < b.from; });
        std::vector<period> gaps;
        virtual_time served_to = run_.started;
        for (const period& r : runs) {
            if (r.from > served_to) gaps.push_back({served_to, r.from});
            served_to = std::max(served_to, r.to);
        }
        if (served_to < run_.ended) gaps.push_back({served_to, run_.ended});
        return gaps;
    }

    /// A period, and the time after it until the last of the entries that had gathered is taken.
    static period with_backlog(const period& p, const slice_entries& entries) {
        period met = p;
        for (const entry_record* entry : entries) {
            if (entry->enqueued > p.to) break;
            if (entry->taken >= p.from) met.to = std::max(met.to, entry->taken);
        }
        return met;
    }

    /// How long a fault lasts; a crash only strikes.
    [[nodiscard]] period in_force(const fault_record& f) const {
        virtual_time until = f.time;
        if (f.index < run_.setting.faults.size() && !f.call) {
            const fault& of = run_.setting.faults[f.index];
            const bool lasts = row_of(fault_table, of.what).keys.contains(fault_key::until) &&
                               !causes(of.what, fault_effect::crash);
            if (lasts) {
                until = of.until_s > 0 ? add(run_.started, to_duration(of.until_s)) : run_.ended;
            }
        }
        return {f.time, until};
    }

    /// The fault at which a time without a runner began; none: there was none.
    [[nodiscard]] std::uint32_t first_fault_in(const period& p) const {
        // A crash is recorded right before or after the process ends.
        const duration slack = to_duration(1e-3);
        for (std::uint32_t f = 0; f < run_.faults.size(); ++f) {
            if (run_.faults[f].time + slack >= p.from && run_.faults[f].time <= p.to) return f;
        }
        return none;
    }

    /// Removes the entries that waited during a period.
    static std::size_t remove_met(slice_entries& late, const period& p) {
        return std::erase_if(
            late, [&](const entry_record* e) { return e->enqueued <= p.to && e->taken >= p.from; });
    }

    const run_record& run_;
    std::uint32_t queue_;
    double limit_s_;
    late_entries found_;
};

}  // namespace

late_entries examine_late_entries(const run_index& index, std::uint32_t queue, double limit_s) {
    return examiner(index, queue, limit_s).examine();
}

}  // namespace qslice::sim
