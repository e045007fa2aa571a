#include "sim/check/branches.hpp"

#include "sim/check/takings.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::size_t nothing_in_hand = static_cast<std::size_t>(-1);

/// An entry and what came of it.
struct branch {
    std::size_t made_of = nothing_in_hand;  ///< index of a branch
    std::size_t made_in = 0;                ///< which of its takings
    bool is_end = false;                    ///< it is in an end queue
    bool reaches_end = false;               ///< it, or what came of it, is
    bool is_left = false;                   ///< it, or what came of it, was not undone
    bool repeats = false;                   ///< work done again
};

class item {
public:
    item(const run_index& index, std::uint32_t post)
        : run_(index.run), entries_(index.entries[post]), branches_(entries_.size()) {
        for (const std::uint32_t e : entries_) takings_.push_back(takings_of(run_, e));
        for (std::size_t i = 0; i < entries_.size(); ++i) find_maker(i);
        // What came of an entry was queued after it.
        for (std::size_t i = entries_.size(); i-- > 0;) {
            branch& b = branches_[i];
            const entry_record& e = entry(i);
            const bool gone = e.fate == entry_fate::lost || e.fate == entry_fate::overwritten;
            b.is_end = !gone && is_end(e.queue);
            b.reaches_end = b.reaches_end || b.is_end;
            b.is_left = b.is_left || !gone;
            if (b.made_of == nothing_in_hand) continue;
            branch& maker = branches_[b.made_of];
            maker.reaches_end = maker.reaches_end || b.reaches_end;
            maker.is_left = maker.is_left || b.is_left;
        }
    }

    item_branches follow() {
        mark_repetitions();
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            branch& b = branches_[i];
            if (b.made_of != nothing_in_hand && branches_[b.made_of].repeats) b.repeats = true;
            if (b.is_end) {
                ++found_.completions;
                if (b.repeats) ++found_.repeated;
            } else if (is_unfinished(entry(i).fate) && !b.repeats && !is_end(entry(i).queue)) {
                found_.unfinished.push_back(entries_[i]);
            }
        }
        if (run_.ends_in_each && found_.unfinished.empty()) {
            for (const std::uint32_t queue : run_.end_queues) {
                if (!is_in(queue)) found_.part_lost = true;
            }
        }
        return std::move(found_);
    }

private:
    [[nodiscard]] const entry_record& entry(std::size_t i) const {
        return run_.entries[entries_[i]];
    }
    [[nodiscard]] bool is_end(std::uint32_t queue) const {
        const auto& ends = run_.end_queues;
        return std::find(ends.begin(), ends.end(), queue) != ends.end();
    }
    [[nodiscard]] bool is_in(std::uint32_t queue) const {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (branches_[i].is_end && entry(i).queue == queue) return true;
        }
        return false;
    }
    static bool is_unfinished(entry_fate fate) {
        return fate == entry_fate::waiting || fate == entry_fate::orphaned ||
               fate == entry_fate::in_hand || fate == entry_fate::preserved;
    }

    /// The earlier entry that the process which queued this one had in hand then.
    void find_maker(std::size_t i) {
        const entry_record& made = entry(i);
        for (std::size_t k = i; k-- > 0;) {
            for (std::size_t t = 0; t < takings_[k].size(); ++t) {
                const taking& in_hand = takings_[k][t];
                if (in_hand.by == made.enqueued_by && in_hand.from <= made.enqueued &&
                    made.enqueued <= in_hand.to) {
                    branches_[i].made_of = k;
                    branches_[i].made_in = t;
                    return;
                }
            }
        }
    }

    void mark_repetitions() {
        std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>> made;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            made[{branches_[i].made_of, entry(i).queue}].push_back(i);
        }
        for (auto& [from, several] : made) {
            std::map<std::size_t, std::size_t> by_taking;
            std::size_t wanted = 1;
            if (from.first != nothing_in_hand) {
                for (const std::size_t i : several) {
                    wanted = std::max(wanted, ++by_taking[branches_[i].made_in]);
                }
            }
            // The work counts that got furthest, and of that the earliest.
            std::stable_sort(several.begin(), several.end(), [&](std::size_t a, std::size_t b) {
                return rank(branches_[a]) > rank(branches_[b]);
            });
            for (std::size_t n = 0; n < several.size(); ++n) {
                branch& b = branches_[several[n]];
                b.repeats = n >= wanted;
                if (n < wanted && !b.is_left) found_.part_lost = true;
            }
        }
    }
    static int rank(const branch& b) { return (b.reaches_end ? 2 : 0) + (b.is_left ? 1 : 0); }

    const run_record& run_;
    std::span<const std::uint32_t> entries_;
    std::vector<std::vector<taking>> takings_;
    std::vector<branch> branches_;
    item_branches found_;
};

}  // namespace

item_branches follow_branches(const run_index& index, std::uint32_t post) {
    return item(index, post).follow();
}

}  // namespace qslice::sim
