#include "sim/report/post_by_post.hpp"

#include "sim/check/explain.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

}  // namespace

std::string post_by_post(const run_record& run, const run_results& results) {
    if (run.posts.empty() || run.posts.size() > posts_told) return {};
    const auto& machines = results.deliveries.machines;
    const auto deliveries = first_deliveries(run);
    std::string text;

    const auto tell_batch = [&](std::size_t from, std::size_t to) {
        text_table table({{"post", text_table::align::right},
                          {"at", text_table::align::right},
                          {"list"},
                          {"delivered by"},
                          {"to", text_table::align::right},
                          {"after", text_table::align::right}});
        std::vector<std::uint64_t> seen(machines.size());
        for (std::size_t i = from; i < to; ++i) {
            const post_record& p = run.posts[i];
            const effect_record* d = deliveries[i];
            std::vector<std::string> row{
                std::to_string(i), fmt::format("{:.0f} s", to_seconds(p.arrived - run.started)),
                run.stream.lists[run.stream.arrivals[i].list]};
            if (d != nullptr) {
                const std::string& machine = run.processes[d->process].machine;
                row.push_back(machine);
                row.push_back(counted(d->recipients, "recipient", "recipients"));
                row.push_back(fmt::format("{:.1f} s", to_seconds(d->time - p.arrived)));
                for (std::size_t m = 0; m < machines.size(); ++m) {
                    if (machines[m].name == machine) ++seen[m];
                }
            } else {
                row.emplace_back("nobody");
            }
            table.add(std::move(row));
        }
        text += table.to_text(2);
        if (machines.size() < 2 || !results.deliveries.independent) return;
        std::vector<double> shares;
        for (const part_result& m : machines) shares.push_back(m.expected_share);
        const double even = 1 / static_cast<double>(machines.size());
        const bool equal = std::all_of(shares.begin(), shares.end(), [&](double share) {
            return std::fabs(share - even) < 1e-9;
        });
        const auto explained =
            equal ? explain_split(seen, machines.size()) : explain_split(seen, shares);
        if (explained) text += wrapped(explained->text, "  ", 2);
    };

    std::size_t from = 0;
    for (std::size_t i = 1; i <= run.posts.size(); ++i) {
        if (i < run.posts.size() && run.posts[i].arrived - run.posts[i - 1].arrived < pause) {
            continue;
        }
        tell_batch(from, i);
        from = i;
    }
    return text;
}

}  // namespace qslice::sim
