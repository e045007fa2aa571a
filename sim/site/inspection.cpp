#include "sim/site/inspection.hpp"

#include <fmt/format.h>

#include <utility>

namespace qslice::sim::diagnosis {

namespace {

/// Runners and queues that were named but do not exist.
std::vector<finding> plan_findings(const slice_plan& plan, const queue_tree& tree) {
    std::vector<std::string> names;
    for (const queue_place& place : tree.queues) names.push_back(place.queue);
    std::vector<finding> findings;
    // A single queue's directory shows nothing about the others.
    if (tree.single) return findings;
    for (const runner_choice& runner : plan.without_queue(names)) {
        findings.push_back({severity::attention,
                            "unknown-runner",
                            to_string(runner),
                            fmt::format("The runner '{}' has no queue here.", runner.runner),
                            {{"Check its spelling; name a runner of your own by its queue.", {}}}});
    }
    for (const std::string& queue : plan.unknown_queues(names)) {
        findings.push_back({severity::attention,
                            "unknown-queue",
                            queue + "/",
                            "A number of slices was given for it, but no such queue exists here.",
                            {}});
    }
    return findings;
}

}  // namespace

result<inspection> inspect_queues(const std::string& directory, const inspection_options& options) {
    auto tree = find_queues(directory);
    if (!tree) return failure(tree.error());
    inspection seen;
    seen.root = tree->root;
    seen.version = options.version.value_or(tree->version);
    seen.now_s = options.survey.now_s;
    const auto plan = slice_plan::make(options.plan);
    if (!plan) return failure(plan.error());
    seen.findings = plan_findings(*plan, *tree);
    for (const queue_place& place : tree->queues) {
        // Entries that wait for a person are not divided into slices.
        const auto queue = is_parking(place.queue) ? result<queue_plan>(queue_plan{})
                                                   : plan->for_queue(place.queue);
        if (!queue) return failure(queue.error());
        seen.queues.push_back(survey_queue(place.queue, place.directory, *queue, options.survey));
        for (finding& f : queue_findings(seen.queues.back(), seen.version, options)) {
            seen.findings.push_back(std::move(f));
        }
    }
    sort_by_weight(seen.findings);
    return seen;
}

}  // namespace qslice::sim::diagnosis
