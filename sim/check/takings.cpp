#include "sim/check/takings.hpp"

#include <algorithm>

namespace qslice::sim {

std::vector<taking> takings_of(const run_record& run, std::uint32_t entry) {
    const entry_record& e = run.entries[entry];
    std::vector<taking> takings;
    if (e.taken == never) return takings;
    const auto [first, last] =
        std::equal_range(run.retakings.begin(), run.retakings.end(), retaking{entry},
                         [](const retaking& a, const retaking& b) { return a.entry < b.entry; });
    std::uint32_t by = first == last ? e.taken_by : first->previous;
    virtual_time from = e.taken;
    for (auto next = first;; ++next) {
        const virtual_time handed = next == last ? e.finished : next->time;
        const virtual_time died = by == none ? never : run.processes[by].ended;
        const bool crashed = by != none && run.processes[by].crashed && died < handed;
        takings.push_back({by, from, crashed ? died : handed, crashed});
        if (next == last) return takings;
        by = next->process;
        from = next->time;
    }
}

}  // namespace qslice::sim
