#include "sim/report/post_by_post.hpp"

#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

constexpr duration pause = std::chrono::minutes(5);

/// The first delivery of each post; null: none.
std::vector<const effect_record*> first_deliveries(const run_record& run) {
    std::vector<const effect_record*> first(run.posts.size(), nullptr);
    for (const effect_record& d : run.deliveries) {
        if (d.post != none && first[d.post] == nullptr) first[d.post] = &d;
    }
    return first;
}

/// The machine of a delivery, as an index of delivery_split::machines; their number if it is not
/// among them.
std::size_t machine_of(const run_record& run, const run_results& results, const effect_record& d) {
    const auto& machines = results.deliveries.machines;
    const auto at = std::find_if(machines.begin(), machines.end(), [&](const part_result& m) {
        return m.name == run.processes[d.process].machine;
    });
    return static_cast<std::size_t>(at - machines.begin());
}

std::optional<split_explanation> explanation_of(const post_batch& batch,
                                                const delivery_split& deliveries) {
    const auto& machines = deliveries.machines;
    if (machines.size() < 2 || !deliveries.independent) return std::nullopt;
    std::vector<double> shares;
    for (const part_result& m : machines) shares.push_back(m.expected_share);
    const double even = 1 / static_cast<double>(machines.size());
    const bool equal = std::all_of(shares.begin(), shares.end(),
                                   [&](double share) { return std::fabs(share - even) < 1e-9; });
    auto explained =
        equal ? explain_split(batch.seen, machines.size()) : explain_split(batch.seen, shares);
    return explained ? std::optional(*std::move(explained)) : std::nullopt;
}

}  // namespace

std::vector<post_batch> batches_of(const run_record& run, const run_results& results) {
    std::vector<post_batch> batches;
    if (run.posts.size() > posts_told) return batches;
    const auto deliveries = first_deliveries(run);
    for (std::size_t i = 0; i < run.posts.size(); ++i) {
        if (i == 0 || run.posts[i].arrived - run.posts[i - 1].arrived >= pause) {
            batches.push_back({i, i, {}, {}});
            batches.back().seen.resize(results.deliveries.machines.size());
        }
        post_batch& batch = batches.back();
        batch.to = i + 1;
        if (deliveries[i] == nullptr) continue;
        const std::size_t m = machine_of(run, results, *deliveries[i]);
        if (m < batch.seen.size()) ++batch.seen[m];
    }
    for (post_batch& batch : batches) batch.explained = explanation_of(batch, results.deliveries);
    return batches;
}

std::string post_by_post(const run_record& run, const run_results& results) {
    const auto deliveries = first_deliveries(run);
    std::string text;
    for (const post_batch& batch : batches_of(run, results)) {
        text_table table({{std::string(words().item), text_table::align::right},
                          {"at", text_table::align::right},
                          {std::string(words().group)},
                          {fmt::format("{} by", words().delivered)},
                          {words().mail ? "to" : "", text_table::align::right},
                          {"after", text_table::align::right}});
        for (std::size_t i = batch.from; i < batch.to; ++i) {
            const post_record& p = run.posts[i];
            const effect_record* d = deliveries[i];
            std::vector<std::string> row{
                std::to_string(i), fmt::format("{:.0f} s", to_seconds(p.arrived - run.started)),
                run.stream.lists[run.stream.arrivals[i].list]};
            if (d != nullptr) {
                row.push_back(run.processes[d->process].machine);
                row.push_back(words().mail ? counted(d->recipients, "recipient", "recipients")
                                           : "");
                row.push_back(fmt::format("{:.1f} s", to_seconds(d->time - p.arrived)));
            } else {
                row.emplace_back("nobody");
            }
            table.add(std::move(row));
        }
        text += table.to_text(2);
        if (batch.explained) text += wrapped(batch.explained->text, "  ", 2);
    }
    return text;
}

}  // namespace qslice::sim
