#include "sim/lab/lab_advice.hpp"

#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

namespace qslice::sim {

namespace {

/// Below this p-value counts are not even.
constexpr double least_p = 0.001;
/// Above this load a single list (sender, thread) is too large for this number of slices.
constexpr double much_for_one = 1.1;

using rows = std::vector<const lab_row*>;

std::string load_of(const lab_row& row) {
    return fmt::format("max/mean {:.3f}", row.messages.max_over_mean);
}

void advise_even(const rows& all, std::vector<lab_advice>& advice) {
    rows even;
    std::copy_if(all.begin(), all.end(), std::back_inserter(even), [](const lab_row* row) {
        return row->independent && row->even_p_value >= least_p;
    });
    if (even.empty()) return;
    const std::size_t others = even.size() - 1;
    advice.push_back({"even slices", even.front()->policy,
                      load_of(*even.front()) + ", as even as by chance" +
                          (others == 0   ? ""
                           : others == 1 ? "; so is another"
                                         : fmt::format("; so are {} others", others))});
}

void advise_order(const rows& all, std::string wanted, std::string_view what,
                  lab_order lab_row::*order, std::vector<lab_advice>& advice) {
    const auto cost = [&](const lab_row* row) {
        return std::tuple((row->*order).overtaken_share, row->messages.max_over_mean,
                          row->delivery_p99_s);
    };
    rows played;
    std::copy_if(all.begin(), all.end(), std::back_inserter(played), [&](const lab_row* row) {
        return row->simulated && std::isfinite((row->*order).overtaken_share);
    });
    if (played.empty()) return;
    const lab_row& best = **std::min_element(played.begin(), played.end(),
                                             [&](auto* a, auto* b) { return cost(a) < cost(b); });
    std::string because =
        fmt::format("{}, 99% within {:.1f} s", load_of(best), best.delivery_p99_s);
    const lab_order& kept = best.*order;
    if (kept.overtaken > 0) {
        because += fmt::format("; but {:.2f}% are overtaken", 100 * kept.overtaken_share);
    }
    if (best.unavoidable > much_for_one) {
        because += fmt::format("; the largest {} alone fills {:.1f} slices: take fewer", what,
                               best.unavoidable);
    }
    advice.push_back({std::move(wanted), best.policy, std::move(because)});
}

void advise_movement(const rows& all, std::vector<lab_advice>& advice) {
    const auto moved = [](const lab_row* row) {
        double sum = 0;
        for (const lab_movement& m : row->movements) sum += m.messages;
        return sum;
    };
    rows moving;
    std::copy_if(all.begin(), all.end(), std::back_inserter(moving), [&](const lab_row* row) {
        return row->independent && !row->movements.empty() && std::isfinite(moved(row));
    });
    if (moving.size() < 2) return;
    const lab_row& best = **std::min_element(moving.begin(), moving.end(),
                                             [&](auto* a, auto* b) { return moved(a) < moved(b); });
    std::string because;
    for (const lab_movement& m : best.movements) {
        because += fmt::format("{}{} to {}", because.empty() ? "" : ", ", share_text(m.messages),
                               counted(m.slices, "slice", "slices"));
    }
    advice.push_back({"little movement", best.policy, std::move(because)});
}

}  // namespace

std::vector<lab_advice> advice_of(const lab_results& results, std::uint64_t slices) {
    rows all;
    for (const lab_row& row : results.rows) {
        if (row.slices == slices && row.measured) all.push_back(&row);
    }
    std::vector<lab_advice> advice;
    advise_even(all, advice);
    advise_order(all, "lists in order", "list", &lab_row::list, advice);
    advise_order(all, "senders in order", "sender", &lab_row::sender, advice);
    advise_order(all, "threads in order", "thread", &lab_row::thread, advice);
    advise_movement(all, advice);
    return advice;
}

}  // namespace qslice::sim
