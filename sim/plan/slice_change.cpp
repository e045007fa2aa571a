#include "sim/plan/slice_change.hpp"

#include "sim/plan/counted_hashes.hpp"
#include "sim/plan/hash_cells.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace qslice::sim {

namespace {

hash_share to_share(const exact_number& number) {
    const auto value = number.convert_to<double>();
    return {value, number.str(), value, value};
}

hash_share to_share(std::uint64_t hits) { return counted_share(hits); }

/// Parts of the hash space, exact or counted, by the slice before and after.
template <class Number>
using shares_by_pair = std::map<std::pair<slice_index, slice_index>, Number>;

template <class Number>
void fill(slice_change& change, const shares_by_pair<Number>& parts, const Number& whole) {
    const std::uint64_t machines =
        std::max(change.before.slice_count(), change.after.slice_count());
    Number kept = 0;
    // The parts that start and stop being taken by none, or by two, when this many machines are
    // changed.
    std::vector<Number> none(machines + 1, Number(0));
    std::vector<Number> two(machines + 1, Number(0));
    std::vector<Number> none_no_more(machines + 1, Number(0));
    std::vector<Number> two_no_more(machines + 1, Number(0));
    for (const auto& [pair, part] : parts) {
        const auto [from, to] = pair;
        slice_move move{from, to, to_share(part), {}};
        const auto before = change.before.range_of(from);
        const auto after = change.after.range_of(to);
        if (before && after) move.range = common_range(*before, *after);
        change.moves.push_back(std::move(move));
        if (from == to) kept += part;
        // Machine `from` stops taking it when changed, machine `to` takes it from its change on.
        if (from < to) {
            none[from + 1] += part;
            none_no_more[to + 1] += part;
        } else if (to < from) {
            two[to + 1] += part;
            two_no_more[from + 1] += part;
        }
    }
    change.kept = to_share(kept);
    change.moved = to_share(Number(whole - kept));
    Number none_now = 0;
    Number two_now = 0;
    for (std::uint64_t changed = 1; changed < machines; ++changed) {
        none_now += none[changed];
        none_now -= none_no_more[changed];
        two_now += two[changed];
        two_now -= two_no_more[changed];
        change.rolling.push_back({changed, to_share(none_now), to_share(two_now)});
    }
}

/// The share of each slice, if the partition's numbers determine it.
std::optional<std::vector<exact_number>> known_shares(const any_partition& p) {
    const auto weights = p.weights();
    if (!weights) return std::nullopt;
    std::uint64_t sum = 0;
    for (const std::uint32_t w : *weights) sum += w;
    std::vector<exact_number> shares;
    for (const std::uint32_t w : *weights) shares.emplace_back(w, sum);
    return shares;
}

std::optional<hash_share> least_move(const any_partition& before, const any_partition& after) {
    const auto old_shares = known_shares(before);
    const auto new_shares = known_shares(after);
    if (!old_shares || !new_shares) return std::nullopt;
    exact_number least = 0;
    for (std::size_t k = 0; k < old_shares->size(); ++k) {
        const exact_number stays = k < new_shares->size() ? (*new_shares)[k] : exact_number(0);
        if ((*old_shares)[k] > stays) least += (*old_shares)[k] - stays;
    }
    return to_share(least);
}

/// The runners that share one division of a queue.
struct runner_group {
    any_partition division;
    std::vector<std::vector<std::size_t>> runners;  ///< by slice: indices of all runners
};

result<std::vector<runner_group>> groups_of(std::span<const runner_choice> running,
                                            const division_maker& make_division) {
    std::map<std::uint64_t, runner_group> by_slices;
    for (std::size_t i = 0; i < running.size(); ++i) {
        const runner_choice& r = running[i];
        auto at = by_slices.find(r.slices);
        if (at == by_slices.end()) {
            auto division = make_division(r.slices);
            if (!division) {
                return failure(division.error().code, to_string(r), division.error().what);
            }
            if (division->slice_count() != r.slices) {
                return failure(error_code::malformed, to_string(r),
                               "the partition " + division->text() + " has " +
                                   std::to_string(division->slice_count()) + " slices");
            }
            runner_group group{std::move(*division), {}};
            group.runners.resize(r.slices);
            at = by_slices.emplace(r.slices, std::move(group)).first;
        }
        at->second.runners[r.slice].push_back(i);
    }
    std::vector<runner_group> groups;
    for (auto& [slices, group] : by_slices) groups.push_back(std::move(group));
    return groups;
}

/// Sums up which runners take what.
template <class Number>
class takers_sum {
public:
    explicit takers_sum(std::span<const runner_choice> running) : running_(running) {}

    /// @param range  if known; then parts are in the order of the hash space
    void add(const std::vector<std::size_t>& takers, const Number& part,
             const std::optional<hash_range>& range) {
        (takers.empty() ? none_ : takers.size() == 1 ? one_ : several_) += part;
        if (takers.size() == 1) return;
        const bool joins = !parts_.empty() && parts_.back().takers == takers && range &&
                           parts_.back().range && parts_.back().range->upper.next() >= range->lower;
        if (joins) {
            parts_.back().range->upper = range->upper;
            parts_.back().part += part;
        } else {
            parts_.push_back({takers, part, range});
        }
    }

    [[nodiscard]] takers_result finish() const {
        takers_result result{to_share(none_), to_share(one_), to_share(several_), {}, 0};
        for (const auto& [takers, part, range] : parts_) {
            wrong_part wrong{{}, to_share(part), range};
            for (const std::size_t i : takers) wrong.takers.push_back(running_[i]);
            result.wrong.push_back(std::move(wrong));
        }
        return result;
    }

private:
    struct wrong_sum {
        std::vector<std::size_t> takers;
        Number part;
        std::optional<hash_range> range;
    };

    std::span<const runner_choice> running_;
    Number none_ = 0;
    Number one_ = 0;
    Number several_ = 0;
    std::vector<wrong_sum> parts_;
};

takers_result exact_takers(std::span<const runner_choice> running,
                           const std::vector<runner_group>& groups,
                           std::span<const std::vector<exact_number>> ends) {
    takers_sum<exact_number> sum(running);
    for_each_cell(ends, [&](const exact_number& width, std::span<const std::size_t> slices) {
        std::vector<std::size_t> takers;
        hash_range range{hash_value::min(), hash_value::max()};
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const auto& here = groups[g].runners[slices[g]];
            takers.insert(takers.end(), here.begin(), here.end());
            range = common_range(range,
                                 *groups[g].division.range_of(static_cast<slice_index>(slices[g])));
        }
        std::sort(takers.begin(), takers.end());
        sum.add(takers, width, range);
    });
    return sum.finish();
}

takers_result counted_takers(std::span<const runner_choice> running,
                             const std::vector<runner_group>& groups, std::uint64_t seed) {
    std::map<std::vector<std::size_t>, std::uint64_t> counts;
    draw_hashes(seed, [&](const hash_value& d) {
        std::vector<std::size_t> takers;
        for (const runner_group& group : groups) {
            const auto& here = group.runners[group.division.slice_of(d)];
            takers.insert(takers.end(), here.begin(), here.end());
        }
        std::sort(takers.begin(), takers.end());
        ++counts[takers];
    });
    takers_sum<std::uint64_t> sum(running);
    for (const auto& [takers, count] : counts) sum.add(takers, count, std::nullopt);
    takers_result result = sum.finish();
    result.counted = counted_digests;
    return result;
}

}  // namespace

slice_change compare_divisions(const any_partition& before, const any_partition& after,
                               std::uint64_t seed) {
    slice_change change;
    change.before = before;
    change.after = after;
    const auto old_ends = range_ends(before);
    const auto new_ends = range_ends(after);
    if (old_ends && new_ends) {
        shares_by_pair<exact_number> parts;
        const std::vector<std::vector<exact_number>> ends{*old_ends, *new_ends};
        for_each_cell(ends, [&](const exact_number& width, std::span<const std::size_t> slices) {
            parts[{static_cast<slice_index>(slices[0]), static_cast<slice_index>(slices[1])}] +=
                width;
        });
        fill(change, parts, exact_number(1));
    } else {
        shares_by_pair<std::uint64_t> parts;
        draw_hashes(seed, [&](const hash_value& d) {
            ++parts[{before.slice_of(d), after.slice_of(d)}];
        });
        fill(change, parts, counted_digests);
        change.counted = counted_digests;
    }
    change.least = least_move(before, after);
    return change;
}

result<takers_result> find_takers(std::span<const runner_choice> running,
                                  const division_maker& division, std::uint64_t seed) {
    if (running.empty()) {
        return takers_result{to_share(exact_number(1)),
                             to_share(exact_number(0)),
                             to_share(exact_number(0)),
                             {{{}, to_share(exact_number(1)), hash_range{{}, hash_value::max()}}},
                             0};
    }
    const auto groups = groups_of(running, division);
    if (!groups) return failure(groups.error());
    std::vector<std::vector<exact_number>> ends;
    for (const runner_group& group : *groups) {
        if (auto of_group = range_ends(group.division)) ends.push_back(std::move(*of_group));
    }
    if (ends.size() < groups->size()) return counted_takers(running, *groups, seed);
    return exact_takers(running, *groups, ends);
}

}  // namespace qslice::sim
