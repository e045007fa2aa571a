#include "sim/check/check_run.hpp"

#include "sim/check/backlog.hpp"
#include "sim/check/balance.hpp"
#include "sim/check/conservation.hpp"
#include "sim/check/times.hpp"

#include <utility>

namespace qslice::sim {

run_results check_run(const run_record& run) {
    const run_index index(run);
    run_results results;
    results.duration_s = to_seconds(run.ended - run.started);
    results.conservation = check_conservation(index);
    for (std::uint32_t q = 0; q < run.queues.size(); ++q) {
        results.queues.push_back(check_balance(index, q));
        for (auto& course : backlog_courses(run, q, results.queues.back().slices.size())) {
            results.backlogs.push_back(std::move(course));
        }
    }
    results.deliveries = check_deliveries(index);
    results.times = measure_times(index);
    results.processes = measure_processes(run);
    results.throughput_per_s = measure_throughput(run, results.conservation);
    return results;
}

}  // namespace qslice::sim
