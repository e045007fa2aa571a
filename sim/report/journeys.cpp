#include "sim/report/journeys.hpp"

#include "sim/check/run_index.hpp"
#include "sim/check/takings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t most_journeys = 120;
constexpr std::size_t most_of_a_reason = 16;

class selection {
public:
    selection(const run_record& run, std::size_t most)
        : most_(std::min(most, run.posts.size())), chosen_(run.posts.size(), false) {}

    /// @returns whether there was room
    bool add(std::uint32_t post, std::string_view why) {
        if (posts_.size() >= most_) return false;
        if (post >= chosen_.size() || chosen_[post]) return true;
        chosen_[post] = true;
        posts_.push_back({post, std::string(why)});
        return true;
    }

    [[nodiscard]] bool has(std::uint32_t post) const { return chosen_[post]; }
    [[nodiscard]] std::size_t room() const { return most_ - posts_.size(); }
    std::vector<chosen_post> take() { return std::move(posts_); }

private:
    std::size_t most_;
    std::vector<bool> chosen_;
    std::vector<chosen_post> posts_;
};

void add_stories(selection& posts, const run_results& results) {
    constexpr std::string_view pair = "overtaken or overtaking";
    constexpr std::string_view astray = "misplaced";
    for (const guarantee_result& g : results.guarantees) {
        if (g.counterexample) {
            posts.add(g.counterexample->earlier, pair);
            posts.add(g.counterexample->later, pair);
        }
        if (g.problem) posts.add(g.problem->post, astray);
    }
    for (const post_problem& p : results.conservation.problems) posts.add(p.post, astray);
    for (const fifo_result& f : results.fifo) {
        if (!f.earliest) continue;
        posts.add(f.earliest->earlier, pair);
        posts.add(f.earliest->later, pair);
    }
}

/// The first posts for which `is` is true.
template <class Is>
void add_first(selection& posts, const run_record& run, std::string_view why, Is is) {
    std::size_t found = 0;
    for (std::uint32_t p = 0; p < run.posts.size() && found < most_of_a_reason; ++p) {
        if (!is(p)) continue;
        ++found;
        posts.add(p, why);
    }
}

void add_slowest(selection& posts, const run_index& index) {
    std::vector<std::pair<duration, std::uint32_t>> times;
    for (std::uint32_t p = 0; p < index.run.posts.size(); ++p) {
        if (index.deliveries[p].empty() || index.run.posts[p].accepted == never) continue;
        const effect_record& first = index.run.deliveries[index.deliveries[p].front()];
        times.emplace_back(first.time - index.run.posts[p].accepted, p);
    }
    std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    times.resize(std::min(times.size(), most_of_a_reason));
    for (const auto& [time, post] : times) posts.add(post, "among the slowest");
}

void add_sample(selection& posts, const run_record& run) {
    std::vector<std::uint32_t> rest;
    for (std::uint32_t p = 0; p < run.posts.size(); ++p) {
        if (!posts.has(p)) rest.push_back(p);
    }
    const std::size_t wanted = std::min(rest.size(), posts.room());
    for (std::size_t i = 0; i < wanted; ++i) {
        posts.add(rest[i * rest.size() / wanted], "sample of the others");
    }
}

json moment(virtual_time t) { return t == never ? json(nullptr) : json(to_seconds(t)); }

json doer(const run_index& index, std::uint32_t process) {
    return process == none ? json(nullptr) : json(index.process_name(process));
}

/// Who had an entry in hand, from when to when, and whether a crash ended it.
json takings_json(const run_index& index, std::uint32_t number) {
    json list = json::array();
    for (const taking& t : takings_of(index.run, number)) {
        list.push_back({{"time_s", moment(t.from)},
                        {"ended_s", moment(t.to)},
                        {"by", doer(index, t.by)},
                        {"crashed", t.crashed}});
    }
    return list;
}

json entry_json(const run_index& index, std::uint32_t number) {
    const entry_record& e = index.run.entries[number];
    return {{"queue", index.queue_of(e)},          {"slice", e.slice},
            {"name", to_base_name(e.name)},        {"enqueued_s", moment(e.enqueued)},
            {"taken_s", moment(e.taken)},          {"finished_s", moment(e.finished)},
            {"fate", name_in(fate_table, e.fate)}, {"times_taken", e.times_taken},
            {"by", doer(index, e.taken_by)},       {"takings", takings_json(index, number)}};
}

json effect_json(const run_index& index, std::string_view kind, const effect_record& e) {
    return {{"kind", kind},
            {"time_s", moment(e.time)},
            {"by", doer(index, e.process)},
            {"recipients", e.recipients}};
}

json journey_json(const run_index& index, const chosen_post& chosen) {
    const run_record& run = index.run;
    const std::uint32_t p = chosen.post;
    const arrival& came = run.stream.arrivals[p];
    const post_record& post = run.posts[p];
    json entries = json::array();
    for (const std::uint32_t e : index.entries[p]) {
        entries.push_back(entry_json(index, e));
    }
    std::vector<std::pair<virtual_time, json>> effects;
    for (const std::uint32_t e : index.deliveries[p]) {
        const effect_record& effect = run.deliveries[e];
        effects.emplace_back(effect.time, effect_json(index, "delivery", effect));
    }
    for (const std::uint32_t e : index.archivings[p]) {
        const effect_record& effect = run.archivings[e];
        effects.emplace_back(effect.time, effect_json(index, "archiving", effect));
    }
    for (std::size_t k = 0; k < run.own_effects.size(); ++k) {
        const effect_kind& kind = run.own_effects[k];
        for (const std::uint32_t e : index.own_effects[k][p]) {
            const effect_record& effect = kind.effects[e];
            effects.emplace_back(effect.time, effect_json(index, kind.name, effect));
        }
    }
    std::stable_sort(effects.begin(), effects.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    json effect_list = json::array();
    for (auto& [time, effect] : effects) effect_list.push_back(std::move(effect));
    return {{"post", p},
            {"why", chosen.why},
            {"list", run.stream.lists[came.list]},
            {"sender", run.stream.senders[came.sender]},
            {"size_bytes", came.size_bytes},
            {"arrived_s", moment(post.arrived)},
            {"accepted_s", moment(post.accepted)},
            {"held", post.held},
            {"discarded", post.discarded},
            {"shunted", post.shunted},
            {"entries", std::move(entries)},
            {"effects", std::move(effect_list)}};
}

}  // namespace

std::vector<chosen_post> choose_posts(const run_record& run, const run_results& results,
                                      std::size_t most) {
    const run_index index(run);
    selection posts(run, most);
    add_stories(posts, results);
    add_first(posts, run, "taken more than once", [&](std::uint32_t p) {
        const auto entries = index.entries[p];
        return std::any_of(entries.begin(), entries.end(),
                           [&](std::uint32_t e) { return run.entries[e].times_taken > 1; });
    });
    add_first(posts, run, "an effect repeated", [&](std::uint32_t p) {
        return std::any_of(index.own_effects.begin(), index.own_effects.end(),
                           [&](const grouping& of_kind) { return of_kind[p].size() > 1; });
    });
    add_first(posts, run, "accepted at a later attempt",
              [&](std::uint32_t p) { return run.posts[p].attempts > 1; });
    add_first(posts, run, "shunted", [&](std::uint32_t p) { return run.posts[p].shunted; });
    add_first(posts, run, "held", [&](std::uint32_t p) { return run.posts[p].held; });
    add_first(posts, run, "discarded", [&](std::uint32_t p) { return run.posts[p].discarded; });
    add_slowest(posts, index);
    add_sample(posts, run);
    return posts.take();
}

json journeys_json(const run_record& run, const run_results& results) {
    const run_index index(run);
    json list = json::array();
    for (const chosen_post& chosen : choose_posts(run, results, most_journeys)) {
        list.push_back(journey_json(index, chosen));
    }
    return list;
}

json all_posts_json(const run_record& run) {
    if (run.posts.size() > most_searched) return nullptr;
    std::vector<std::string> doers;
    const auto number_of = [&](const std::string& machine) {
        const auto found = std::find(doers.begin(), doers.end(), machine);
        if (found != doers.end()) return found - doers.begin();
        doers.push_back(machine);
        return static_cast<std::ptrdiff_t>(doers.size() - 1);
    };
    const auto since = [&](virtual_time t) {
        return t == never ? json(nullptr)
                          : json(std::round(1000 * to_seconds(t - run.started)) / 1000);
    };
    std::vector<json> delivered(run.posts.size(), nullptr);
    std::vector<json> by(run.posts.size(), nullptr);
    std::vector<json> archived(run.posts.size(), nullptr);
    for (const effect_record& e : run.deliveries) {
        if (e.post == none || !delivered[e.post].is_null()) continue;
        delivered[e.post] = since(e.time);
        if (e.process != none) by[e.post] = number_of(run.processes[e.process].machine);
    }
    for (const effect_record& e : run.archivings) {
        if (e.post != none && archived[e.post].is_null()) archived[e.post] = since(e.time);
    }
    json lists = json::array();
    json senders = json::array();
    json arrived = json::array();
    json accepted = json::array();
    for (std::size_t p = 0; p < run.posts.size(); ++p) {
        lists.push_back(run.stream.arrivals[p].list);
        senders.push_back(run.stream.arrivals[p].sender);
        arrived.push_back(since(run.posts[p].arrived));
        accepted.push_back(since(run.posts[p].accepted));
    }
    return {{"senders", run.stream.senders}, {"machines", doers},
            {"list", std::move(lists)},      {"sender", std::move(senders)},
            {"arrived_s", arrived},          {"accepted_s", accepted},
            {"delivered_s", delivered},      {"by", by},
            {"archived_s", archived}};
}

}  // namespace qslice::sim
