#include "sim/report/json.hpp"

#include "sim/report/journeys.hpp"
#include "sim/report/post_by_post.hpp"
#include "sim/report/program_words.hpp"
#include "sim/report/scenario_facts.hpp"

#include <qslice/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }

json index(std::uint32_t i) { return i == none ? json(nullptr) : json(i); }

json moment(virtual_time t) { return t == never ? json(nullptr) : json(to_seconds(t)); }

/// An array of the results of `one` for each element.
template <class Range, class One>
json array_of(const Range& range, One one) {
    json list = json::array();
    for (const auto& element : range) list.push_back(one(element));
    return list;
}

json split_json(const split_test& t) {
    return {{"method", name_in(split_method_table, t.how)},
            {"statistic", number(t.statistic)},
            {"g", number(t.g)},
            {"degrees", t.degrees},
            {"p_value", number(t.p_value)}};
}

json part_json(const part_result& p) {
    return {{"name", p.name},
            {"count", p.count},
            {"share", number(p.share)},
            {"expected_share", number(p.expected_share)},
            {"wanted_share", number(p.wanted_share)},
            {"band", {number(p.band_low), number(p.band_high)}},
            {"working_s", number(p.working_s)},
            {"backlog_mean", number(p.backlog_mean)},
            {"backlog_most", p.backlog_most},
            {"machines", p.machines}};
}

json balance_json(const queue_balance& q) {
    return {{"queue", q.queue},
            {"total", q.total},
            {"independent", q.independent},
            {"test", split_json(q.test)},
            {"max_over_mean", number(q.max_over_mean)},
            {"max_over_mean_expected", number(q.max_over_mean_expected)},
            {"max_over_mean_allowed", number(q.max_over_mean_allowed)},
            {"cv", number(q.cv)},
            {"work_max_over_mean", number(q.work_max_over_mean)},
            {"work_cv", number(q.work_cv)},
            {"backlog_max_over_mean", number(q.backlog_max_over_mean)},
            {"backlog_cv", number(q.backlog_cv)},
            {"slices", array_of(q.slices, part_json)}};
}

json deliveries_json(const delivery_split& d) {
    return {{"total", d.total},
            {"independent", d.independent},
            {"test", split_json(d.test)},
            {"unused", d.unused},
            {"p_unused", number(d.p_unused)},
            {"contested", d.contested},
            {"machines", array_of(d.machines, part_json)}};
}

json overtaking_json(const overtaking& o) {
    return {{"earlier", index(o.earlier)},
            {"later", index(o.later)},
            {"earlier_entry", index(o.earlier_entry)},
            {"later_entry", index(o.later_entry)},
            {"queue", o.queue},
            {"cause", name_in(cause_table, o.cause)},
            {"earlier_in_s", moment(o.earlier_in)},
            {"later_in_s", moment(o.later_in)},
            {"earlier_out_s", moment(o.earlier_out)},
            {"later_out_s", moment(o.later_out)},
            {"story", o.story}};
}

json fifo_json(const fifo_result& f) {
    return {{"stage", f.stage},
            {"scope", to_string(f.scope)},
            {"items", f.items},
            {"groups", f.groups},
            {"pairs", f.pairs},
            {"inversions", f.inversions},
            {"overtaken", f.overtaken},
            {"overtaken_share", number(f.overtaken_share)},
            {"most_places", f.most_places},
            {"most_seconds", number(f.most_seconds)},
            {"earliest", f.earliest ? overtaking_json(*f.earliest) : json(nullptr)}};
}

json problem_json(const post_problem& p) {
    return {{"post", index(p.post)},
            {"digest", index(p.digest)},
            {"what", to_string(p.what)},
            {"story", p.story}};
}

/// How many problems there are of each kind; "problems" has only the first of each.
json problem_counts_json(const conservation_result& c) {
    json counts = json::object();
    for (std::size_t kind = 0; kind < problem_table.size(); ++kind) {
        counts[std::string(problem_table[kind].name)] = c.problem_counts[kind];
    }
    return counts;
}

json conservation_json(const conservation_result& c) {
    return {{"arrived", c.arrived},
            {"accepted", c.accepted},
            {"completed", c.completed},
            {"held", c.held},
            {"discarded", c.discarded},
            {"shunted", c.shunted},
            {"preserved", c.preserved},
            {"queued", c.queued},
            {"orphaned", c.orphaned},
            {"lost", c.lost},
            {"balanced", c.balanced()},
            {"delivered", c.delivered},
            {"archived", c.archived},
            {"lost_deliveries", c.lost_deliveries},
            {"lost_archivings", c.lost_archivings},
            {"entries_orphaned", c.entries_orphaned},
            {"entries_in_hand", c.entries_in_hand},
            {"entries_done_in_hand", c.entries_done_in_hand},
            {"entries_preserved", c.entries_preserved},
            {"entries_lost", c.entries_lost},
            {"entries_overwritten", c.entries_overwritten},
            {"deliveries", c.deliveries},
            {"recipients_reached", c.recipients_reached},
            {"duplicate_deliveries", c.duplicate_deliveries},
            {"duplicate_archivings", c.duplicate_archivings},
            {"posts_duplicated", c.posts_duplicated},
            {"digested", c.digested},
            {"in_digests", c.in_digests},
            {"in_digest_mbox", c.in_digest_mbox},
            {"digested_lost", c.digested_lost},
            {"digested_twice", c.digested_twice},
            {"digests_made", c.digests_made},
            {"digests_delivered", c.digests_delivered},
            {"digests_queued", c.digests_queued},
            {"digests_shunted", c.digests_shunted},
            {"digests_preserved", c.digests_preserved},
            {"digests_lost", c.digests_lost},
            {"digests_duplicated", c.digests_duplicated},
            {"digest_recipients_again", c.digest_recipients_again},
            {"problem_counts", problem_counts_json(c)},
            {"problems", array_of(c.problems, problem_json)}};
}

json times_json(const time_distribution& t) {
    return {{"name", t.name},
            {"count", t.count},
            {"mean_s", number(t.mean)},
            {"deviation_s", number(t.deviation)},
            {"least_s", number(t.least)},
            {"p50_s", number(t.p50)},
            {"p90_s", number(t.p90)},
            {"p95_s", number(t.p95)},
            {"p99_s", number(t.p99)},
            {"p999_s", number(t.p999)},
            {"most_s", number(t.most)},
            {"bins", array_of(t.bins, [](const histogram_bin& b) {
                 return json::array({number(b.from), number(b.to), b.count});
             })}};
}

json backlog_json(const backlog_series& b) {
    return {{"queue", b.queue},
            {"slice", index(b.slice)},
            {"at_s", b.at_s},
            {"most", b.most},
            {"averages", b.averages}};
}

json process_json(const process_result& p) {
    return {{"machine", p.machine},
            {"process", p.process},
            {"handled", p.handled},
            {"working_s", number(p.working_s)},
            {"running_s", number(p.running_s)},
            {"utilisation", number(p.utilisation)},
            {"starts", p.starts},
            {"crashed", p.crashed}};
}

json guarantee_json(const guarantee_result& g) {
    return {
        {"name", g.name},
        {"statement", g.statement},
        {"verdict", name_in(guarantee_verdict_table, g.verdict)},
        {"promised", g.promised},
        {"statement_true", g.statement_true},
        {"because", g.because},
        {"problem", g.problem ? problem_json(*g.problem) : json(nullptr)},
        {"counterexample", g.counterexample ? overtaking_json(*g.counterexample) : json(nullptr)}};
}

/// How long a fault lasts after it strikes; null for one that is over at once.
json lasts_json(const run_record& run, const fault_record& f) {
    if (f.index >= run.setting.faults.size()) return nullptr;
    const fault& planned = run.setting.faults[f.index];
    if (f.kind == fault::kind::crash_machine || f.kind == fault::kind::power_loss) {
        return planned.down_s;
    }
    if (planned.until_s <= 0 || planned.probability > 0) return nullptr;
    return std::max(planned.until_s - to_seconds(f.time - run.started), 0.0);
}

json requirement_json(const requirement_result& r) {
    return {{"text", r.wanted.text},
            {"measure", r.wanted.measure},
            {"found", number(r.found)},
            {"met", r.met},
            {"because", r.because}};
}

json measures_json(const std::vector<measure>& measures) {
    json all = json::object();
    for (const measure& m : measures) {
        all[m.name] = {{"value", number(m.value)}, {"unit", m.unit}};
    }
    return all;
}

}  // namespace

nlohmann::ordered_json effect_json(const effect_result& e) {
    return {{"name", e.name},         {"count", e.count},     {"posts", e.posts},
            {"repeated", e.repeated}, {"missing", e.missing}, {"story", e.story}};
}

nlohmann::ordered_json run_json(const run_record& run, const run_results& results) {
    json document;
    document["qslice"] = version_text;
    document["format"] = 1;
    document["scenario"] = scenario_json(run.setting);
    document["run"] = {
        {"posts", run.posts.size()},
        {"lists", run.stream.lists},
        {"queues", run.queues},
        {"started_s", moment(run.started)},
        {"ended_s", moment(run.ended)},
        {"last_arrival_s",
         run.posts.empty() ? 0.0 : to_seconds(run.posts.back().arrived - run.started)},
        {"duration_s", number(results.duration_s)},
        {"throughput_per_s", number(results.throughput_per_s)},
        {"entries", run.entries.size()},
        {"events", run.events},
        {"storage_calls", run.storage_calls}};
    add_program_words(document);
    document["verdict"] = results.verdict;
    document["fault"] = results.fault;
    document["requirements_met"] = results.requirements_met;
    document["remarks"] = results.remarks;
    document["requirements"] = array_of(results.requirements, requirement_json);
    document["balance"] = array_of(results.queues, balance_json);
    document["deliveries"] = deliveries_json(results.deliveries);
    document["batches"] = array_of(batches_of(run, results), [&](const post_batch& b) {
        json seen = json::array();
        for (std::size_t m = 0; m < b.seen.size(); ++m) {
            seen.push_back({{"name", results.deliveries.machines[m].name}, {"count", b.seen[m]}});
        }
        return json{{"first_post", b.from},
                    {"posts", b.to - b.from},
                    {"machines", std::move(seen)},
                    {"p_value", number(b.explained ? b.explained->test.p_value : not_measured)},
                    {"text", b.explained ? b.explained->text : ""}};
    });
    document["fifo"] = array_of(results.fifo, fifo_json);
    document["order"] = array_of(results.order, [](const order_point& p) {
        return json{{"post", index(p.post)},
                    {"rank_in", p.rank_in},
                    {"rank_out", p.rank_out},
                    {"overtaken", p.overtaken}};
    });
    document["conservation"] = conservation_json(results.conservation);
    document["effects"] = array_of(results.effects, effect_json);
    document["times"] = array_of(results.times, times_json);
    document["backlogs"] = array_of(results.backlogs, backlog_json);
    document["processes"] = array_of(results.processes, process_json);
    document["guarantees"] = array_of(results.guarantees, guarantee_json);
    document["faults"] = array_of(run.faults, [&](const fault_record& f) {
        return json{{"time_s", moment(f.time)},
                    {"since_start_s", to_seconds(f.time - run.started)},
                    {"machine", f.machine},
                    {"process", f.process},
                    {"kind", row_of(fault_table, f.kind).name},
                    {"lasts_s", lasts_json(run, f)},
                    {"what", f.what}};
    });
    document["journeys"] = journeys_json(run, results);
    document["all_posts"] = all_posts_json(run);
    document["measures"] = measures_json(results.measures);
    return document;
}

}  // namespace qslice::sim
