#include "sim/study/sweep.hpp"

#include "sim/check/check_run.hpp"
#include "sim/check/guarantees.hpp"
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

/// Excludes the first posts from the measures, as if they had never been accepted, and the time
/// before the others, as if the run had started then.
void forget_posts(run_record& record, std::uint64_t count) {
    count = std::min<std::uint64_t>(count, record.posts.size());
    if (count == 0) return;
    const virtual_time next = count < record.posts.size() ? record.posts[count].arrived : never;
    for (std::size_t p = 0; p < count; ++p) {
        record.posts[p].accepted = record.posts[p].arrived = never;
    }
    const auto early = [&](const auto& item) { return item.post < count; };
    for (const entry_record& e : record.entries) {
        if (!early(e) || e.finished == never || e.taken == never || e.taken_by == none) continue;
        process_record& process = record.processes[e.taken_by];
        if (process.handled > 0) --process.handled;
        process.working = std::max(duration::zero(), process.working - (e.finished - e.taken));
    }
    std::erase_if(record.entries, early);
    std::erase_if(record.deliveries, early);
    std::erase_if(record.archivings, early);
    if (next != never) record.started = std::max(record.started, next);
    for (process_record& process : record.processes) {
        process.started = std::min(std::max(process.started, record.started), record.ended);
    }
}

/// The time from acceptance to delivery of each post; NaN: not delivered.
std::vector<double> latencies_of(const run_record& record) {
    std::vector<virtual_time> delivered(record.posts.size(), never);
    for (const effect_record& e : record.deliveries) {
        if (e.post != none) delivered[e.post] = std::min(delivered[e.post], e.time);
    }
    std::vector<double> latencies(record.posts.size(), not_measured);
    for (std::size_t p = 0; p < latencies.size(); ++p) {
        if (record.posts[p].accepted == never || delivered[p] == never) continue;
        latencies[p] = to_seconds(delivered[p] - record.posts[p].accepted);
    }
    return latencies;
}

result<run_record> play(const scenario& setting) {
    auto stream = make_stream(setting.stream, setting.seed);
    if (!stream) return failure(stream.error());
    return simulate(setting, *std::move(stream));
}

scenario numbered(const scenario& base, scenario setting, std::uint64_t replication) {
    setting.seed = random_stream(base.seed, "replication", replication)() >> 1;
    return setting;
}

/// The number of posts until the latencies, averaged over an alternative's replications, have
/// settled.
std::uint64_t settled_after(const replications& latencies, std::size_t posts) {
    std::vector<double> means;
    std::vector<std::size_t> numbers;
    for (std::size_t p = 0; p < posts; ++p) {
        const estimate e = estimate_mean(latencies.of(p), 0.95);
        if (e.count == 0) continue;
        means.push_back(e.mean);
        numbers.push_back(p);
    }
    const std::size_t cut = warm_up_of(means);
    return cut == 0 ? 0 : numbers[cut];
}

struct warm_up {
    std::uint64_t posts = 0;
    std::uint64_t of = 0;
};

/// The longest warm-up of all alternatives: the same posts are left out of each.
result<warm_up> common_warm_up(const scenario& base, const std::vector<alternative>& alternatives,
                               const sweep_settings& settings, work_group& group) {
    warm_up longest;
    for (const alternative& a : alternatives) {
        const scenario first = numbered(base, a.setting, 0);
        const auto stream = make_stream(first.stream, first.seed);
        if (!stream) return failure(stream.error());
        const std::size_t posts = stream->arrivals.size();
        longest.of = std::max<std::uint64_t>(longest.of, posts);
        const auto one = [&](std::uint64_t number) -> result<std::vector<double>> {
            auto record = play(numbered(base, a.setting, number));
            if (!record) return failure(record.error());
            if (settings.on_run) settings.on_run();
            auto latencies = latencies_of(*record);
            latencies.resize(posts, not_measured);
            return latencies;
        };
        replication_plan plan = settings.plan;
        plan.precision = 0;
        const auto all = replicate(one, posts, plan, settings.jobs, group);
        if (!all) return failure(all.error());
        longest.posts = std::max(longest.posts, settled_after(*all, posts));
    }
    return longest;
}

result<run_results> results_of(const scenario& setting, std::uint64_t left_out) {
    auto record = play(setting);
    if (!record) return failure(record.error());
    forget_posts(*record, left_out);
    return check_run(*record);
}

std::vector<double> values_of(const run_results& results,
                              const std::vector<std::string>& measures) {
    std::vector<double> values;
    for (const std::string& name : measures) values.push_back(results.value_of(name));
    return values;
}

/// What a replication says of a requirement or guarantee, as a number.
constexpr double open = 0;  // it does not apply, or is not promised
constexpr double kept = 1;
constexpr double failed = 2;

void append_judgements(const run_results& results, std::vector<double>& values) {
    for (const requirement_result& r : results.requirements)
        values.push_back(r.met ? kept : failed);
    for (const guarantee_result& g : results.guarantees) {
        values.push_back(g.verdict == guarantee_verdict::holds                  ? kept
                         : g.verdict == guarantee_verdict::broken && g.promised ? failed
                                                                                : open);
    }
}

/// Sums up the judgements of an alternative's replications, and plays the first failing ones again
/// for their stories.
result<std::vector<sweep_judgement>> judge(const scenario& base, const scenario& setting,
                                           const replications& all, std::size_t first,
                                           std::uint64_t left_out) {
    std::vector<sweep_judgement> judgements;
    for (const requirement& r : setting.requirements) {
        judgements.emplace_back();
        judgements.back().name = r.text;
    }
    for (const guarantee_info& g : known_guarantees()) {
        judgements.emplace_back();
        judgements.back().name = g.name;
        judgements.back().is_guarantee = true;
    }
    for (std::size_t j = 0; j < judgements.size(); ++j) {
        sweep_judgement& to = judgements[j];
        for (std::size_t r = 0; r < all.values.size(); ++r) {
            const double said = all.values[r][first + j];
            if (said == open) continue;
            ++to.decided;
            if (said != failed || ++to.failed > 1) continue;
            const scenario replayed = numbered(base, setting, r);
            auto results = results_of(replayed, left_out);
            if (!results) return failure(results.error());
            to.first_seed = replayed.seed;
            to.story = j < results->requirements.size()
                           ? results->requirements[j].because
                           : story_of(results->guarantees[j - results->requirements.size()]);
        }
    }
    return judgements;
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

result<sweep_result> sweep(const scenario& base, const sweep_settings& settings) {
    if (auto known = check_measures(settings.measures); !known) return failure(known.error());
    const auto alternatives = all_alternatives(base, settings.dimensions);
    if (!alternatives) return failure(alternatives.error());

    sweep_result done{settings.dimensions, settings.measures, {}, 0, 0, 0};
    const std::size_t measures = settings.measures.size();
    replication_plan plan = settings.plan;
    plan.precise_measures = measures;
    work_group& group = settings.group != nullptr ? *settings.group : alone();
    if (settings.remove_warm_up) {
        const auto found = common_warm_up(base, *alternatives, settings, group);
        if (!found) return failure(found.error());
        done.warm_up_posts = found->posts;
        done.posts = found->of;
    }
    std::vector<replications> all;
    for (const alternative& a : *alternatives) {
        const auto one = [&](std::uint64_t number) -> result<std::vector<double>> {
            const auto results = results_of(numbered(base, a.setting, number), done.warm_up_posts);
            if (settings.on_run) settings.on_run();
            if (!results) return failure(results.error());
            auto values = values_of(*results, settings.measures);
            values.push_back(results->value_of("verdict.problem") > 0 ? failed : kept);
            if (settings.judge) append_judgements(*results, values);
            return values;
        };
        const std::size_t judged =
            settings.judge ? a.setting.requirements.size() + known_guarantees().size() : 0;
        auto replicated = replicate(one, measures + 1 + judged, plan, settings.jobs, group);
        if (!replicated) return failure(replicated.error());
        all.push_back(*std::move(replicated));
        done.runs += all.back().values.size();
    }

    for (std::size_t i = 0; i < all.size(); ++i) {
        sweep_row row;
        row.values = (*alternatives)[i].values;
        row.replications = all[i].values.size();
        row.precise = all[i].precise;
        const auto verdicts = all[i].of(measures);
        row.problems =
            static_cast<std::uint64_t>(std::count(verdicts.begin(), verdicts.end(), failed));
        if (settings.judge) {
            auto judged =
                judge(base, (*alternatives)[i].setting, all[i], measures + 1, done.warm_up_posts);
            if (!judged) return failure(judged.error());
            row.judgements = *std::move(judged);
        }
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
    // All comparisons with the first alternative are one family.
    std::vector<double> p_values;
    for (std::size_t i = 1; i < done.rows.size(); ++i) {
        for (const estimate& e : done.rows[i].differences) p_values.push_back(p_value_of(e));
    }
    const auto rejected = rejected_by_holm(p_values, 1 - settings.plan.confidence);
    for (std::size_t i = 0; i < done.rows.size(); ++i) {
        for (std::size_t m = 0; m < measures; ++m) {
            done.rows[i].differs.push_back(i > 0 && rejected[(i - 1) * measures + m]);
        }
    }
    return done;
}

}  // namespace qslice::sim
