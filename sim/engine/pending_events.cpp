#include "sim/engine/pending_events.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace qslice::sim {

const event_key& pending_events::least_of_all() {
    if (near_.empty() && early_.empty()) refill();
    return early_is_first() ? early_.top() : near_.front();
}

void pending_events::pop_near_or_early() {
    if (early_is_first()) {
        early_.pop();
    } else {
        near_.remove_front();
    }
}

bool pending_events::early_is_first() {
    return !early_.empty() && (near_.empty() || early_.top() < near_.front());
}

// Into the heap of near keys; once it is large, all near keys become a rung.
void pending_events::push_early(event_key key) {
    early_.push(key);
    if (early_.size() <= most_early) return;

    std::int64_t start = near_.front().time_ns;
    std::int64_t last = near_.back().time_ns;
    early_.for_each([&](const event_key& k) {
        start = std::min(start, k.time_ns);
        last = std::max(last, k.time_ns);
    });
    // Buckets cannot separate equal times, and at least one time must remain before the rung.
    if (start == last || start == std::numeric_limits<std::int64_t>::min()) return;
    if (near_last_ != forever) last = near_last_;

    rung& made = add_rung(start, last, near_.size() + early_.size());
    for (const event_key& k : near_) put(made, k);
    early_.for_each([&](const event_key& k) { put(made, k); });
    near_.clear();
    early_.clear();
    near_last_ = start - 1;
}

pending_events::rung& pending_events::add_rung(std::int64_t start, std::int64_t last,
                                               std::size_t keys) {
    if (rungs_in_use_ == rungs_.size()) rungs_.emplace_back();
    rung& made = rungs_[rungs_in_use_++];
    const std::uint64_t span = rung::distance(start, last);
    made.start = start;
    made.last = last;
    made.shift = static_cast<unsigned>(std::bit_width(span / (keys / keys_a_bucket)));
    made.next = 0;
    made.buckets.assign((span >> made.shift) + 1, {});
    return made;
}

// Makes the next rung from the keys later than all rungs.
void pending_events::add_rung_of_top() {
    const auto [least, greatest] = std::minmax_element(
        top_.begin(), top_.end(),
        [](const event_key& a, const event_key& b) { return a.time_ns < b.time_ns; });
    rung& made = add_rung(least->time_ns, greatest->time_ns, top_.size());
    for (const event_key& key : top_) put(made, key);
    top_.clear();
}

// Moves the next bucket of the lowest rung to the near keys, or makes it the lowest rung.
void pending_events::take_bucket() {
    rung& r = rungs_[rungs_in_use_ - 1];
    const std::int64_t start = r.start_of_next();
    const bucket taken = std::exchange(r.buckets[r.next++], {});
    rung* narrower = nullptr;
    if (taken.count > most_in_bucket && r.shift > 0) {
        narrower = &add_rung(start, r.last_before_next(), taken.count);
    }
    for (std::uint32_t at = taken.first; at != 0;) {
        const node n = nodes_[at];
        nodes_[at].next = std::exchange(free_node_, at);
        if (narrower != nullptr) {
            put(*narrower, n.key);
        } else {
            near_.append(n.key);
        }
        at = n.next;
    }
}

// Moves the first far keys to the near keys; there must be at least one.
void pending_events::refill() {
    const std::size_t before = near_.size();
    assert(before + early_.size() < size_);
    if (before == 0) near_.clear();
    while (near_.size() == before) {
        if (rungs_in_use_ == 0 && top_.size() <= most_near) {
            for (const event_key& key : top_) near_.append(key);
            top_.clear();
            near_last_ = forever;
            break;
        }
        if (rungs_in_use_ == 0) add_rung_of_top();
        const std::size_t depth = rungs_in_use_;
        const std::size_t enough = before + enough_near;
        rung* const r = &rungs_[depth - 1];
        while (r->next < r->buckets.size() && near_.size() < enough) {
            const std::uint32_t count = r->buckets[r->next].count;
            if (count == 0) {
                ++r->next;
            } else if (count > most_in_bucket && near_.size() > before) {
                break;
            } else {
                take_bucket();
                if (rungs_in_use_ > depth) break;
            }
        }
        if (rungs_in_use_ > depth) continue;
        near_last_ = r->last_before_next();
        if (r->next == r->buckets.size()) {
            --rungs_in_use_;
            continue;
        }
        // The nodes of the next refill, scattered in memory.
        const std::size_t end = std::min(r->buckets.size(), r->next + enough_near);
        for (std::size_t b = r->next; b < end; ++b) {
            __builtin_prefetch(&nodes_[r->buckets[b].first], 1);
        }
    }
    near_.sort_from(before);
}

}  // namespace qslice::sim
