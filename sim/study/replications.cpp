#include "sim/study/replications.hpp"

#include "sim/engine/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace qslice::sim {

std::vector<double> replications::of(std::size_t measure) const {
    std::vector<double> all;
    all.reserve(values.size());
    for (const auto& v : values) all.push_back(v[measure]);
    return all;
}

namespace {

bool are_precise(const replications& done, const replication_plan& plan) {
    for (std::size_t m = 0; m < plan.precise_measures; ++m) {
        const estimate e = estimate_mean(done.of(m), plan.confidence);
        // A measure that is always NaN does not become more precise.
        if (e.count >= 2 && !(e.relative_precision() <= plan.precision)) return false;
    }
    return true;
}

}  // namespace

result<replications> replicate(const replication& work, std::size_t measures,
                               const replication_plan& plan, unsigned jobs, work_group& group) {
    replications done;
    std::uint64_t wanted = std::max<std::uint64_t>(plan.least, 1);
    while (true) {
        const std::uint64_t first = done.values.size();
        const std::uint64_t count = wanted - first;
        // Each member runs its part; the others' results are 0 until they are summed.
        std::vector<double> batch(count * measures, 0);
        std::vector<std::optional<error>> problems(count);
        for_each_index(count, jobs, [&](std::uint64_t i) {
            if (i % group.members() != group.number()) return;
            auto one = work(first + i);
            if (!one) {
                problems[i] = one.error();
                return;
            }
            std::copy_n(one->begin(), measures,
                        batch.begin() + static_cast<std::ptrdiff_t>(i * measures));
        });
        result<void> played;
        for (const auto& p : problems) {
            if (p && played) played = failure(*p);
        }
        if (auto all = agreed(group, std::move(played)); !all) return failure(all.error());
        group.add_up(std::span<double>(batch));
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto at = batch.begin() + static_cast<std::ptrdiff_t>(i * measures);
            done.values.emplace_back(at, at + static_cast<std::ptrdiff_t>(measures));
        }
        if (plan.precision <= 0) {
            done.precise = true;
            return done;
        }
        done.precise = are_precise(done, plan);
        if (done.precise || wanted >= plan.most) return done;
        // Half as many again, so that the precision is checked rarely.
        wanted = std::min(plan.most, wanted + std::max<std::uint64_t>(wanted / 2, 2));
    }
}

}  // namespace qslice::sim
