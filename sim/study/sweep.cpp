#include "sim/study/sweep.hpp"

#include "sim/check/check_run.hpp"
#include "sim/check/measures.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/model/simulation.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/text/nearest_name.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace qslice::sim {

namespace {

/// Excludes the first posts from the measures, as if they had never been accepted.
void forget_posts(run_record& record, std::uint32_t count) {
    for (std::uint32_t p = 0; p < count; ++p) record.posts[p].accepted = never;
    const auto early = [&](const auto& item) { return item.post < count; };
    std::erase_if(record.entries, early);
    std::erase_if(record.deliveries, early);
    std::erase_if(record.archivings, early);
}

/// Until the time from acceptance to delivery has stabilised.
std::uint32_t settled_after(const run_record& record) {
    std::vector<double> latencies;
    std::vector<virtual_time> delivered(record.posts.size(), never);
    for (const effect_record& e : record.deliveries) {
        if (e.post != none) delivered[e.post] = std::min(delivered[e.post], e.time);
    }
    std::vector<std::uint32_t> posts;
    for (std::uint32_t p = 0; p < record.posts.size(); ++p) {
        if (record.posts[p].accepted == never || delivered[p] == never) continue;
        latencies.push_back(to_seconds(delivered[p] - record.posts[p].accepted));
        posts.push_back(p);
    }
    const std::size_t cut = warm_up_of(latencies);
    return cut == 0 ? 0 : posts[cut];
}

result<void> check_measures(const std::vector<std::string>& names) {
    if (names.empty()) {
        return failure(error_code::malformed, "--measure",
                       "expected at least one measure, such as latency.p99");
    }
    for (const std::string& name : names) {
        if (find_measure(name) != nullptr) continue;
        return failure(error_code::malformed, "--measure",
                       "unknown measure '" + name + "'" + did_you_mean(name, measure_names()));
    }
    return {};
}

}  // namespace

result<std::vector<double>> measure_run(const scenario& setting,
                                        const std::vector<std::string>& measures,
                                        bool remove_warm_up, std::uint64_t& left_out) {
    auto stream = make_stream(setting.stream, setting.seed);
    if (!stream) return failure(stream.error());
    auto record = simulate(setting, *std::move(stream));
    if (!record) return failure(record.error());
    left_out = 0;
    if (remove_warm_up) {
        const std::uint32_t cut = settled_after(*record);
        forget_posts(*record, cut);
        left_out = cut;
    }
    const run_results results = check_run(*record);
    std::vector<double> values;
    for (const std::string& name : measures) {
        const auto at = std::find_if(results.measures.begin(), results.measures.end(),
                                     [&](const measure& m) { return m.name == name; });
        values.push_back(at == results.measures.end() ? not_measured : at->value);
    }
    return values;
}

result<sweep_result> sweep(const scenario& base, const sweep_settings& settings) {
    if (auto known = check_measures(settings.measures); !known) return failure(known.error());
    const auto alternatives = all_alternatives(base, settings.dimensions);
    if (!alternatives) return failure(alternatives.error());

    sweep_result done{settings.dimensions, settings.measures, {}, 0};
    const std::size_t measures = settings.measures.size();
    replication_plan plan = settings.plan;
    plan.precise_measures = measures;  // the warm-up is the last value
    work_group& group = settings.group != nullptr ? *settings.group : alone();
    std::vector<replications> all;
    for (const alternative& a : *alternatives) {
        const auto one = [&](std::uint64_t number) -> result<std::vector<double>> {
            scenario s = a.setting;
            s.seed = random_stream(base.seed, "replication", number)() >> 1;
            std::uint64_t left_out = 0;
            auto values = measure_run(s, settings.measures, settings.remove_warm_up, left_out);
            if (values) values->push_back(static_cast<double>(left_out));
            if (settings.on_run) settings.on_run();
            return values;
        };
        auto replicated = replicate(one, measures + 1, plan, settings.jobs, group);
        if (!replicated) return failure(replicated.error());
        all.push_back(*std::move(replicated));
        done.runs += all.back().values.size();
    }

    for (std::size_t i = 0; i < all.size(); ++i) {
        sweep_row row;
        row.values = (*alternatives)[i].values;
        row.replications = all[i].values.size();
        row.precise = all[i].precise;
        row.warm_up = estimate_mean(all[i].of(measures), settings.plan.confidence).mean;
        for (std::size_t m = 0; m < measures; ++m) {
            const auto mine = all[i].of(m);
            const auto first = all[0].of(m);
            std::vector<double> differences;
            for (std::size_t r = 0; r < std::min(mine.size(), first.size()); ++r) {
                differences.push_back(mine[r] - first[r]);
            }
            row.measures.push_back(estimate_mean(mine, settings.plan.confidence));
            row.differences.push_back(estimate_mean(differences, settings.plan.confidence));
        }
        done.rows.push_back(std::move(row));
    }
    return done;
}

}  // namespace qslice::sim
