#include "sim/check/kept_order.hpp"

#include "sim/record/site_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace qslice::sim {

std::vector<std::string> missing_for_order(const run_record& run, order_scope scope) {
    const scenario& s = run.setting;
    std::vector<std::string> missing;
    if (run.policy.keeps_together != row_of(scope_table, scope).kept_by) {
        missing.push_back(fmt::format("hash = \"{}_affinity\"", to_string(scope)));
    }
    if (!run.policy.strict_order && !run.policy.strict_by_key)
        missing.emplace_back("order = \"strict\"");
    if (!run.policy.increasing_stamps) missing.emplace_back("stamps = \"increasing\"");
    if (s.intake.what != intake_choice::kind::server) {
        missing.emplace_back("intake.kind = \"server\"");
    }
    const auto gateways = std::count_if(s.machines.begin(), s.machines.end(),
                                        [](const auto& m) { return m.accepts_posts; });
    const bool one_writer =
        (scope == order_scope::list && s.intake.by == intake_choice::route::list) ||
        (scope == order_scope::sender && s.intake.by == intake_choice::route::sender);
    if (gateways != 1 && !one_writer) {
        missing.push_back(scope == order_scope::thread
                              ? fmt::format("one machine that accepts {}", words().items)
                              : fmt::format("intake.route = \"{}\" (or one machine that accepts "
                                            "{})",
                                            to_string(scope), words().items));
    }
    return missing;
}

}  // namespace qslice::sim
