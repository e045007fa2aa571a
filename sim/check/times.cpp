#include "sim/check/times.hpp"

#include "sim/check/statistics.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

std::vector<double> until_first_effect(const run_record& run, const grouping& effects_of_post,
                                       const std::vector<effect_record>& effects) {
    std::vector<double> seconds;
    for (std::uint32_t post = 0; post < run.posts.size(); ++post) {
        const auto own = effects_of_post[post];
        if (own.empty() || run.posts[post].accepted == never) continue;
        virtual_time first = never;
        for (const std::uint32_t e : own) first = std::min(first, effects[e].time);
        seconds.push_back(to_seconds(first - run.posts[post].accepted));
    }
    return seconds;
}

/// Of items that end in each of the end queues: until the last of these has its first entry.
std::vector<double> until_in_each_end(const run_index& index) {
    const run_record& run = index.run;
    std::vector<double> seconds;
    for (std::uint32_t post = 0; post < run.posts.size(); ++post) {
        virtual_time last = virtual_time::min();
        for (const std::uint32_t queue : run.end_queues) {
            virtual_time first = never;
            for (const std::uint32_t e : index.entries[post]) {
                const entry_record& entry = run.entries[e];
                if (entry.queue == queue) first = std::min(first, entry.enqueued);
            }
            last = std::max(last, first);
        }
        if (run.end_queues.empty() || last == never || run.posts[post].accepted == never) continue;
        seconds.push_back(to_seconds(last - run.posts[post].accepted));
    }
    return seconds;
}

}  // namespace

std::vector<time_distribution> measure_times(const run_index& index) {
    const run_record& run = index.run;
    std::vector<time_distribution> times;
    times.push_back(distribution_of(
        "delivery", run.ends_in_each ? until_in_each_end(index)
                                     : until_first_effect(run, index.deliveries, run.deliveries)));
    times.push_back(
        distribution_of("archiving", until_first_effect(run, index.archivings, run.archivings)));
    std::vector<std::vector<double>> waits(run.queues.size());
    for (const entry_record& entry : run.entries) {
        if (entry.queue >= waits.size() || entry.taken == never) continue;
        waits[entry.queue].push_back(to_seconds(entry.taken - entry.enqueued));
    }
    for (std::size_t q = 0; q < waits.size(); ++q) {
        times.push_back(distribution_of("wait." + run.queues[q], std::move(waits[q])));
    }
    return times;
}

std::vector<process_result> measure_processes(const run_record& run) {
    std::vector<process_result> results;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const process_record& process : run.processes) {
        if (process.queue == none) continue;
        const auto [found, is_new] =
            places.try_emplace({process.machine, process.name}, results.size());
        if (is_new) {
            results.emplace_back();
            results.back().machine = process.machine;
            results.back().process = process.name;
        } else {
            ++results[found->second].starts;
        }
        process_result& result = results[found->second];
        result.handled += process.handled;
        result.working_s += to_seconds(process.working);
        const virtual_time ended = std::min(process.ended, std::max(run.ended, process.started));
        result.running_s += to_seconds(ended - process.started);
        result.crashed = result.crashed || process.crashed;
    }
    for (process_result& result : results) {
        if (result.running_s > 0) result.utilisation = result.working_s / result.running_s;
    }
    return results;
}

double measure_throughput(const run_record& run, const conservation_result& conserved) {
    virtual_time last = run.started;
    for (const auto* effects : {&run.deliveries, &run.archivings}) {
        for (const effect_record& effect : *effects) last = std::max(last, effect.time);
    }
    const double seconds = to_seconds(last - run.started);
    return seconds > 0 ? static_cast<double>(conserved.completed) / seconds : 0;
}

}  // namespace qslice::sim
