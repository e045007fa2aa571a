#include "sim/explore/goal.hpp"

#include <algorithm>
#include <array>

namespace qslice::sim {

bool promises(const run_record& run, std::string_view guarantee) {
    // The orders are promised by no policy as they stand: entries of equal stamps have no order.
    constexpr std::array<std::string_view, 6> by_all{"conservation",  "at_least_once",
                                                     "exactly_once",  "no_orphan",
                                                     "no_starvation", "bounded_displacement"};
    if (guarantee == "one_owner") {
        return std::none_of(run.divisions.begin(), run.divisions.end(),
                            [](const queue_division& d) { return d.overlaps; });
    }
    return std::find(by_all.begin(), by_all.end(), guarantee) != by_all.end();
}

std::optional<guarantee_result> find_broken(const run_record& run,
                                            const std::vector<guarantee_result>& checked,
                                            const search_goal& goal) {
    for (const guarantee_result& g : checked) {
        const bool broken = goal.guarantee.empty()
                                ? g.verdict == guarantee_verdict::broken && promises(run, g.name)
                                : g.name == goal.guarantee && !g.statement_true;
        if (!broken) continue;
        if (goal.cause && !(g.counterexample && g.counterexample->cause == *goal.cause)) continue;
        return g;
    }
    return std::nullopt;
}

}  // namespace qslice::sim
