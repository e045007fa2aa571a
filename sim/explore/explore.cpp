#include "sim/explore/explore.hpp"

#include "sim/engine/parallel.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/explore/story.hpp"
#include "sim/explore/trial.hpp"
#include "sim/record/site_words.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/make_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// The unchanged base with a listed stream, to check whether it can be played.
result<message_stream> checked_stream(const scenario& base) {
    if (auto wrong = check_scenario(base); !wrong) return failure(wrong.error());
    auto stream = make_stream(base.stream, base.seed);
    if (!stream) return stream;
    if (stream->arrivals.empty()) {
        return failure(error_code::malformed, "stream",
                       fmt::format("expected at least one {} to search with", words().item));
    }
    return stream;
}

constexpr std::uint64_t seeds_at_once = 256;

/// Crashes, faults, posts, storage calls, accepted posts.
using tally = std::array<std::uint64_t, 5>;

tally tally_of(const run_record& r) {
    const auto accepted = std::count_if(r.posts.begin(), r.posts.end(),
                                        [](const post_record& p) { return p.accepted != never; });
    return {crashes_in(r), r.faults.size(), r.posts.size(), r.storage_calls,
            static_cast<std::uint64_t>(accepted)};
}

result<counterexample> explain(std::uint64_t seed, scenario found, const search_settings& how) {
    auto named = with_named_faults(found);
    if (!named) return failure(named.error());
    // A fault that names its call does not affect the others' random draws, so this is the same
    // run; otherwise the scenario would be reported as found.
    if (broken_by(*named, how.goal)) found = *std::move(named);
    const auto broken = broken_by(found, how.goal);
    if (!broken) {
        return failure(error_code::rejected, fmt::format("seed {}", seed),
                       "the run that broke a guarantee could not be reproduced");
    }
    counterexample example{seed, found, found, *broken, 0, {}};
    if (how.most_shrink_runs > 0) {
        auto small = shrink(std::move(found), *broken, how.goal, how.most_shrink_runs);
        example.setting = std::move(small.setting);
        example.broken = std::move(small.broken);
        example.shrink_runs = small.runs;
    }
    example.setting.name = example.broken.name + " broken";
    example.setting.summary =
        fmt::format("Found by seed {}, shrunk: {}", seed, size_of(example.setting));
    example.setting.requirements = {to_require(example.broken)};
    const auto played = play(example.setting);
    if (!played) return failure(played.error());
    example.story = tell_story(played->record, example.broken);
    return example;
}

}  // namespace

result<search_result> explore(const scenario& base, const search_settings& settings) {
    work_group& group = settings.group != nullptr ? *settings.group : alone();
    const auto stream = agreed(group, checked_stream(base));
    if (!stream) return failure(stream.error());

    tally sums{};
    std::uint64_t lowest = settings.seeds;
    // In rounds, after each of which the members exchange their results.
    const std::uint64_t round = seeds_at_once * group.members();
    for (std::uint64_t start = 0; start < lowest; start += round) {
        const std::uint64_t first = start + seeds_at_once * group.number();
        const std::uint64_t count =
            std::min(seeds_at_once, settings.seeds - std::min(first, settings.seeds));
        std::vector<tally> tallies(count);
        const std::uint64_t found = lowest_index(count, settings.jobs, [&](std::uint64_t i) {
            const scenario varied =
                vary(base, *stream, settings.bounds, settings.first_seed + first + i);
            const auto played = play(varied);
            if (settings.on_seed) settings.on_seed();
            if (!played) return true;  // explain() reports why
            tallies[i] = tally_of(played->record);
            return find_broken(played->record, played->guarantees, settings.goal).has_value();
        });
        lowest = group.least(found < count ? first + found : settings.seeds);
        for (std::uint64_t i = 0; i < count && first + i <= lowest; ++i) {
            for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += tallies[i][k];
        }
    }
    group.add_up(sums);

    search_result done;
    done.runs = std::min(lowest + 1, settings.seeds);
    done.crashes = sums[0];
    done.faults = sums[1];
    done.posts = sums[2];
    done.storage_calls = sums[3];
    done.accepted = sums[4];
    if (lowest < settings.seeds) {
        const std::uint64_t seed = settings.first_seed + lowest;
        auto example = explain(seed, vary(base, *stream, settings.bounds, seed), settings);
        if (!example) return failure(example.error());
        done.found = *std::move(example);
    }
    return done;
}

}  // namespace qslice::sim
