#include "sim/check/check_run.hpp"

#include "sim/check/backlog.hpp"
#include "sim/check/balance.hpp"
#include "sim/check/conservation.hpp"
#include "sim/check/fifo.hpp"
#include "sim/check/guarantees.hpp"
#include "sim/check/measures.hpp"
#include "sim/check/own_effects.hpp"
#include "sim/check/times.hpp"
#include "sim/check/verdict.hpp"

#include <utility>

namespace qslice::sim {

run_results check_run(const run_record& run) {
    const run_index index(run);
    run_results results;
    results.duration_s = to_seconds(run.ended - run.started);
    results.conservation = check_conservation(index);
    results.effects = check_own_effects(index);
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
    results.fifo = check_fifo(index);
    results.order = order_picture(index);
    results.guarantees = check_guarantees(index, results);
    results.fault = has_problem(index, results);
    results.measures = collect_measures(index, results);
    for (const requirement& wanted : run.setting.requirements) {
        results.requirements.push_back(check_requirement(wanted, results.measures));
        results.requirements_met = results.requirements_met && results.requirements.back().met;
    }
    judge(index, results);
    return results;
}

}  // namespace qslice::sim
