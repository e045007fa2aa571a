#include "sim/check/own_effects.hpp"

#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

/// Whether an entry of the post is left that may still bring an effect about. What is in an end
/// queue is complete.
bool may_still_happen(const run_index& index, std::uint32_t post) {
    const auto& ends = index.run.end_queues;
    const auto entries = index.entries[post];
    return std::any_of(entries.begin(), entries.end(), [&](std::uint32_t e) {
        const entry_record& entry = index.run.entries[e];
        const bool left = entry.fate == entry_fate::waiting || entry.fate == entry_fate::orphaned ||
                          entry.fate == entry_fate::in_hand || entry.fate == entry_fate::preserved;
        return left && std::find(ends.begin(), ends.end(), entry.queue) == ends.end();
    });
}

std::string story_of(const run_index& index, std::uint32_t post, std::string_view name,
                     std::span<const std::uint32_t> own,
                     const std::vector<effect_record>& effects) {
    std::string story = capitalized(fmt::format("{} was accepted at {}", index.post_name(post),
                                                index.at(index.run.posts[post].accepted)));
    if (own.empty()) return story + fmt::format(" and never {}.", name);
    for (std::size_t i = 0; i < own.size(); ++i) {
        const effect_record& effect = effects[own[i]];
        story += fmt::format("{} {} at {} by {}", i == 0 ? ", then" : " and again", name,
                             index.at(effect.time), index.process_name(effect.process));
    }
    return story + '.';
}

}  // namespace

std::vector<effect_result> check_own_effects(const run_index& index) {
    std::vector<effect_result> results;
    for (std::size_t k = 0; k < index.run.own_effects.size(); ++k) {
        const effect_kind& kind = index.run.own_effects[k];
        effect_result& result = results.emplace_back();
        result.name = kind.name;
        result.count = kind.effects.size();
        for (std::uint32_t post = 0; post < index.run.posts.size(); ++post) {
            if (index.run.posts[post].accepted == never) continue;
            const auto own = index.own_effects[k][post];
            const bool is_missing = own.empty() && !may_still_happen(index, post);
            if (!own.empty()) ++result.posts;
            if (own.size() > 1) result.repeated += own.size() - 1;
            if (is_missing) ++result.missing;
            if (result.story.empty() && (own.size() > 1 || is_missing)) {
                result.story = story_of(index, post, kind.name, own, kind.effects);
            }
        }
    }
    return results;
}

}  // namespace qslice::sim
