#include "sim/check/fifo.hpp"

#include "sim/check/overtaking.hpp"
#include "sim/check/statistics.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace qslice::sim {

namespace {

/// The items that pass a stage, with their identities.
struct stage {
    order_stage at;
    std::string name;
    std::vector<std::uint32_t> items;  ///< posts or entries
    std::vector<passage> passages;     ///< one per item

    [[nodiscard]] bool of_posts() const { return at.what != order_stage::kind::queue; }
};

std::int64_t ticks(virtual_time t) { return t.time_since_epoch().count(); }

stage effect_stage(const run_record& run, order_stage at, std::string name,
                   const grouping& effects_of_post, const std::vector<effect_record>& effects) {
    stage s{at, std::move(name), {}, {}};
    for (std::uint32_t post = 0; post < run.posts.size(); ++post) {
        const auto own = effects_of_post[post];
        if (own.empty() || run.posts[post].accepted == never) continue;
        virtual_time first = never;
        for (const std::uint32_t e : own) first = std::min(first, effects[e].time);
        s.items.push_back(post);
        s.passages.push_back({ticks(run.posts[post].accepted), ticks(first)});
    }
    return s;
}

stage delivery_stage(const run_index& index) {
    return effect_stage(index.run, {order_stage::kind::delivery}, "delivery", index.deliveries,
                        index.run.deliveries);
}

stage queue_stage(const run_record& run, std::uint32_t queue) {
    stage s{{order_stage::kind::queue, queue}, run.queues[queue], {}, {}};
    for (std::uint32_t e = 0; e < run.entries.size(); ++e) {
        const entry_record& entry = run.entries[e];
        if (entry.queue != queue || entry.taken == never) continue;
        s.items.push_back(e);
        s.passages.push_back({ticks(entry.enqueued), ticks(entry.taken)});
    }
    return s;
}

/// Items grouped by a common property; those without it are left out.
class scopes {
public:
    explicit scopes(const run_record& run) : run_(run) {}

    [[nodiscard]] std::vector<std::vector<std::size_t>> groups(const stage& s,
                                                               order_scope scope) const {
        std::vector<std::vector<std::size_t>> found;
        std::unordered_map<std::uint64_t, std::size_t> places;
        for (std::size_t i = 0; i < s.items.size(); ++i) {
            const auto key = key_of(s, s.items[i], scope);
            if (!key) continue;
            const auto [place, is_new] = places.try_emplace(*key, found.size());
            if (is_new) found.emplace_back();
            found[place->second].push_back(i);
        }
        return found;
    }

private:
    [[nodiscard]] std::optional<std::uint64_t> key_of(const stage& s, std::uint32_t item,
                                                      order_scope scope) const {
        if (scope == order_scope::global || scope == order_scope::queue) return 0;
        if (scope == order_scope::slice) return run_.entries[item].slice;
        const std::uint32_t post = s.of_posts() ? item : run_.entries[item].post;
        if (post >= run_.stream.arrivals.size()) return std::nullopt;
        const arrival& a = run_.stream.arrivals[post];
        if (scope == order_scope::list) return a.list;
        if (scope == order_scope::sender) return a.sender;
        if (a.thread == 0) return std::nullopt;
        return a.thread;
    }

    const run_record& run_;
};

fifo_result check_scope(const run_index& index, const stage& s, order_scope scope,
                        const std::vector<std::vector<std::size_t>>& groups) {
    fifo_result result;
    result.at = s.at;
    result.stage = s.name;
    result.scope = scope;
    result.groups = groups.size();
    std::int64_t most_gap = 0;
    std::optional<std::pair<std::size_t, std::size_t>> earliest;
    std::vector<passage> passages;
    for (const auto& group : groups) {
        passages.clear();
        for (const std::size_t i : group) passages.push_back(s.passages[i]);
        const order_statistics order = count_inversions(passages);
        const std::uint64_t size = group.size();
        result.items += size;
        result.pairs += size * (size - 1) / 2;
        result.inversions += order.inversions;
        result.overtaken += order.overtaken;
        result.most_places = std::max(result.most_places, order.most_places);
        most_gap = std::max(most_gap, order.most_gap);
        if (order.inversions == 0) continue;
        const std::size_t overtaker = group[order.earliest_overtaker];
        if (!earliest || s.passages[overtaker].out < s.passages[earliest->second].out) {
            earliest = {group[order.earliest], overtaker};
        }
    }
    result.most_seconds = to_seconds(duration(most_gap));
    if (result.items > 0) {
        result.overtaken_share =
            static_cast<double>(result.overtaken) / static_cast<double>(result.items);
    }
    if (earliest) {
        const auto [earlier, later] = *earliest;
        result.earliest = s.of_posts()
                              ? explain_effects(index, s.at, s.items[earlier], s.items[later])
                              : explain_entries(index, s.items[earlier], s.items[later]);
    }
    return result;
}

}  // namespace

std::vector<fifo_result> check_fifo(const run_index& index) {
    const run_record& run = index.run;
    const scopes by(run);
    std::vector<fifo_result> results;
    const auto check = [&](const stage& s, const auto& in) {
        for (const order_scope scope : in) {
            results.push_back(check_scope(index, s, scope, by.groups(s, scope)));
        }
    };
    check(delivery_stage(index), post_scopes);
    check(effect_stage(run, {order_stage::kind::archiving}, "archiving", index.archivings,
                       run.archivings),
          post_scopes);
    for (std::uint32_t k = 0; k < run.own_effects.size(); ++k) {
        const effect_kind& kind = run.own_effects[k];
        check(effect_stage(run, {order_stage::kind::effect, k}, kind.name, index.own_effects[k],
                           kind.effects),
              post_scopes);
    }
    for (std::uint32_t q = 0; q < run.queues.size(); ++q) check(queue_stage(run, q), queue_scopes);
    return results;
}

std::vector<order_point> order_picture(const run_index& index, std::size_t most) {
    const stage s = delivery_stage(index);
    std::vector<std::uint64_t> overtakers;
    count_inversions(s.passages, &overtakers);
    std::vector<std::size_t> by_in(s.items.size());
    std::iota(by_in.begin(), by_in.end(), std::size_t{0});
    std::vector<std::size_t> by_out = by_in;
    std::stable_sort(by_in.begin(), by_in.end(),
                     [&](auto a, auto b) { return s.passages[a].in < s.passages[b].in; });
    std::stable_sort(by_out.begin(), by_out.end(),
                     [&](auto a, auto b) { return s.passages[a].out < s.passages[b].out; });
    std::vector<std::uint64_t> rank_out(s.items.size());
    for (std::size_t rank = 0; rank < by_out.size(); ++rank) rank_out[by_out[rank]] = rank;
    std::vector<order_point> points;
    const std::size_t shown = std::min(most, by_in.size());
    for (std::size_t p = 0; p < shown; ++p) {
        const std::size_t rank = p * by_in.size() / shown;
        const std::size_t i = by_in[rank];
        points.push_back({s.items[i], rank, rank_out[i], overtakers[i] > 0});
    }
    return points;
}

}  // namespace qslice::sim
