#include "sim/explore/goal.hpp"

#include "sim/check/guarantees.hpp"

namespace qslice::sim {

bool promises(const run_record& run, std::string_view guarantee) {
    const guarantee_info* const known = find_guarantee(guarantee);
    return known != nullptr && known->promised_by(run);
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
