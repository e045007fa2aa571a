#include "sim/check/overtaking.hpp"

#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

/// The number of bumps of an entry by Mailman that are considered.
constexpr double bump_reach_s = 0.1;

std::string_view machine_of(const run_record& run, std::uint32_t process) {
    if (process >= run.processes.size()) return "";
    return run.processes[process].machine;
}

/// Whether bumps could have moved the earlier entry past the later one: enough stamps present at
/// the same time lie between or on it.
bool could_be_bumped(const run_record& run, const entry_record& earlier,
                     const entry_record& later) {
    const double ahead = later.name.time.seconds - earlier.name.time.seconds;
    if (run.policy.bump_s == 0 || ahead > bump_reach_s) return false;
    double taken_stamps = 0;
    for (const entry_record& other : run.entries) {
        if (&other == &earlier || other.queue != earlier.queue || other.slice != earlier.slice) {
            continue;
        }
        const double apart = earlier.name.time.seconds - other.name.time.seconds;
        const bool there = other.enqueued <= later.taken && other.taken >= earlier.enqueued;
        if (there && apart >= 0 && apart <= bump_reach_s) ++taken_stamps;
    }
    return taken_stamps > 0 && ahead <= taken_stamps * run.policy.bump_s * 1.001;
}

/// Whether a queue's entries are stamped when they are written; Mailman 2.1 keeps the time at which
/// the post entered the system.
bool stamps_when_written(const run_record& run, std::string_view queue) {
    return !run.policy.first_stamps || queue == run.entry_queue || queue == "virgin";
}

overtaking_cause cause_within(const run_index& index, const entry_record& earlier,
                              const entry_record& later) {
    const run_record& run = index.run;
    if (earlier.slice != later.slice) return overtaking_cause::other_slice;
    if (earlier.taken_by != later.taken_by &&
        machine_of(run, earlier.taken_by) != machine_of(run, later.taken_by)) {
        return overtaking_cause::other_machine;
    }
    const double a = earlier.name.time.seconds;
    const double b = later.name.time.seconds;
    if (a == b) return overtaking_cause::equal_times;
    if (b < a) {
        if (!stamps_when_written(run, index.queue_of(earlier))) {
            return overtaking_cause::older_stamp;
        }
        return machine_of(run, earlier.enqueued_by) == machine_of(run, later.enqueued_by)
                   ? overtaking_cause::write_time
                   : overtaking_cause::clock_skew;
    }
    if (run.policy.strict_by_key && earlier.name.hash.high() != later.name.hash.high()) {
        return overtaking_cause::turn;
    }
    return could_be_bumped(run, earlier, later) ? overtaking_cause::bump
                                                : overtaking_cause::snapshot;
}

std::string sentence_of(overtaking_cause cause, const run_index& index, const entry_record& earlier,
                        const entry_record& later) {
    const std::string stamps =
        fmt::format("{} and {}", to_repr(earlier.name.time), to_repr(later.name.time));
    const auto runner = [&](const entry_record& e) { return index.process_name(e.taken_by); };
    switch (cause) {
        case overtaking_cause::other_slice:
            return fmt::format(
                "The first was in slice {} ({}), the other in slice {} ({}), and slices are "
                "processed independently.",
                earlier.slice, runner(earlier), later.slice, runner(later));
        case overtaking_cause::other_machine:
            return fmt::format(
                "Both were in slice {}, which {} and {} processed at the same time, each at its "
                "own speed.",
                earlier.slice, runner(earlier), runner(later));
        case overtaking_cause::equal_times:
            return fmt::format(
                "Both have the time stamp {}, so their order in the queue is not their order of "
                "arrival.",
                to_repr(earlier.name.time));
        case overtaking_cause::bump:
            return fmt::format(
                "Their time stamps are {}; the first one's was already used by another entry, so "
                "Mailman added 0.1 ms to it, which put it behind the other.",
                stamps);
        case overtaking_cause::older_stamp:
            return fmt::format(
                "Their time stamps are {}: the other was queued here later, but entered the system "
                "earlier by its stamp, which Mailman 2.1 keeps.",
                stamps);
        case overtaking_cause::clock_skew:
            return fmt::format(
                "Their time stamps are {}: {} wrote the other with a clock that was behind that "
                "of {}.",
                stamps, machine_of(index.run, later.enqueued_by),
                machine_of(index.run, earlier.enqueued_by));
        case overtaking_cause::write_time:
            return fmt::format(
                "Their time stamps are {}: the other was stamped first but written last.", stamps);
        case overtaking_cause::turn:
            return fmt::format(
                "Their time stamps are {}, in the right order; more entries of the first's kind "
                "were waiting, and the runner takes the oldest of each kind in turn.",
                stamps);
        case overtaking_cause::snapshot:
            return fmt::format(
                "Their time stamps are {}, in the right order; the runner's scan of the queue "
                "found the other but not yet the first.",
                stamps);
        case overtaking_cause::keep_queued:
            return words().mail ? "The first was put back into the queue, because its list was "
                                  "locked or the mail server did not answer."
                                : "The first was put back into the queue by its runner.";
        case overtaking_cause::retry:
            return "The first went through retry/, because recipients could not be reached at "
                   "once.";
        case overtaking_cause::recovery:
            return "The first was being processed when its runner crashed, and was recovered at "
                   "the restart.";
        case overtaking_cause::shunted: return "The first was shunted and requeued later.";
        case overtaking_cause::unknown: break;
    }
    return "The record does not show why.";
}

/// The effects that a stage consists of.
struct stage_effects {
    const std::vector<effect_record>& effects;
    const grouping& of_post;
    std::string_view verb;  ///< "delivered"
};

stage_effects effects_of(const run_index& index, order_stage stage) {
    const run_record& run = index.run;
    if (stage.what == order_stage::kind::effect) {
        const effect_kind& kind = run.own_effects[stage.number];
        return {kind.effects, index.own_effects[stage.number], kind.name};
    }
    if (stage.what == order_stage::kind::delivery) {
        return {run.deliveries, index.deliveries, words().delivered};
    }
    return {run.archivings, index.archivings, "archived"};
}

/// The queues on the way of posts from in/ to a stage.
std::vector<std::uint32_t> way_to(const run_record& run, order_stage stage) {
    const std::uint32_t entry = run.queue_index(run.entry_queue);
    if (stage.what == order_stage::kind::effect) {
        const effect_kind& kind = run.own_effects[stage.number];
        const std::uint32_t by = kind.effects.empty() ? none : kind.effects.front().process;
        return by < run.processes.size() ? run.way(entry, run.processes[by].queue)
                                         : std::vector<std::uint32_t>();
    }
    return run.way(entry, run.queue_index(stage.what == order_stage::kind::delivery ? run.exit_queue
                                                                                    : "archive"));
}

/// A post's entries on its way.
class path {
public:
    path(const run_index& index, std::uint32_t post, const std::vector<std::uint32_t>& way)
        : index_(index), stops_(way.size()) {
        for (const std::uint32_t e : index.entries[post]) {
            const entry_record& entry = index.run.entries[e];
            const std::string_view queue = index.queue_of(entry);
            const auto at = std::find(way.begin(), way.end(), entry.queue);
            if (at != way.end()) {
                stop& here = stops_[static_cast<std::size_t>(at - way.begin())];
                ++here.entries;
                if (!here.first) here.first = e;
            } else if (queue == "retry") {
                retried_ = true;
            } else if (queue == "shunt") {
                shunted_ = true;
            } else {
                continue;
            }
            recovered_ = recovered_ || entry.times_taken > 1;
        }
    }

    /// The first entry in the queue at that place of the way; null if there is none.
    [[nodiscard]] const entry_record* entry(std::size_t place) const {
        return stops_[place].first ? &index_.run.entries[*stops_[place].first] : nullptr;
    }
    [[nodiscard]] std::uint32_t number(std::size_t place) const {
        return stops_[place].first.value_or(none);
    }

    /// Why this post fell behind after it had been taken from the queue at that place.
    [[nodiscard]] std::optional<overtaking_cause> delay(std::size_t place) const {
        if (shunted_) return overtaking_cause::shunted;
        if (recovered_) return overtaking_cause::recovery;
        if (place + 1 == stops_.size() && retried_) return overtaking_cause::retry;
        if (stops_[place].entries > 1) return overtaking_cause::keep_queued;
        return std::nullopt;
    }

private:
    struct stop {
        std::optional<std::uint32_t> first;
        std::size_t entries = 0;
    };

    const run_index& index_;
    std::vector<stop> stops_;
    bool retried_ = false;
    bool shunted_ = false;
    bool recovered_ = false;
};

/// Finds where the later post got ahead, and why.
void find_place(const run_index& index, order_stage stage, std::uint32_t earlier,
                std::uint32_t later, overtaking& found) {
    const auto way = way_to(index.run, stage);
    const path a(index, earlier, way);
    const path b(index, later, way);
    for (std::size_t place = 0; place < way.size(); ++place) {
        const entry_record* const of_a = a.entry(place);
        const entry_record* const of_b = b.entry(place);
        if (of_a == nullptr || of_b == nullptr) return;
        const auto set = [&](overtaking_cause cause) {
            found.queue = index.run.queues[way[place]];
            found.earlier_entry = a.number(place);
            found.later_entry = b.number(place);
            found.cause = cause;
        };
        if (of_a->taken > of_b->taken) return set(cause_within(index, *of_a, *of_b));
        const bool last = place + 1 == way.size();
        if (!last) {
            const entry_record* const next_a = a.entry(place + 1);
            const entry_record* const next_b = b.entry(place + 1);
            if (next_a == nullptr || next_b == nullptr) return;
            if (next_a->enqueued <= next_b->enqueued) continue;
        }
        return set(a.delay(place).value_or(of_a->slice != of_b->slice
                                               ? overtaking_cause::other_slice
                                               : overtaking_cause::other_machine));
    }
}

/// A post's first effect.
const effect_record* first_of(std::span<const std::uint32_t> own,
                              const std::vector<effect_record>& effects) {
    const effect_record* first = nullptr;
    for (const std::uint32_t e : own) {
        if (!first || effects[e].time < first->time) first = &effects[e];
    }
    return first;
}

}  // namespace

overtaking explain_entries(const run_index& index, std::uint32_t earlier, std::uint32_t later) {
    const run_record& run = index.run;
    const entry_record& a = run.entries[earlier];
    const entry_record& b = run.entries[later];
    overtaking found;
    found.earlier = a.post;
    found.later = b.post;
    found.earlier_entry = earlier;
    found.later_entry = later;
    found.queue = index.queue_of(a);
    found.cause = cause_within(index, a, b);
    found.earlier_in = a.enqueued;
    found.later_in = b.enqueued;
    found.earlier_out = a.taken;
    found.later_out = b.taken;
    const auto carried = [&](const entry_record& entry) {
        return entry.post != none     ? index.post_name(entry.post)
               : entry.digest != none ? fmt::format("digest {}", entry.digest)
                                      : fmt::format("an entry without a {}", words().item);
    };
    found.story = capitalized(
        fmt::format("{} was queued in {}/ at {}, {} at {}. But the other was taken first, at {} "
                    "rather than {}. {}",
                    carried(a), found.queue, index.at(a.enqueued), carried(b), index.at(b.enqueued),
                    index.at(b.taken), index.at(a.taken), sentence_of(found.cause, index, a, b)));
    return found;
}

overtaking explain_effects(const run_index& index, order_stage stage, std::uint32_t earlier,
                           std::uint32_t later) {
    const run_record& run = index.run;
    const auto [effects, of_post, verb] = effects_of(index, stage);
    const effect_record* const a = first_of(of_post[earlier], effects);
    const effect_record* const b = first_of(of_post[later], effects);
    overtaking found;
    found.earlier = earlier;
    found.later = later;
    found.earlier_in = run.posts[earlier].accepted;
    found.later_in = run.posts[later].accepted;
    found.earlier_out = a ? a->time : never;
    found.later_out = b ? b->time : never;
    find_place(index, stage, earlier, later, found);
    found.story = capitalized(
        fmt::format("{} was accepted at {}, {} at {}. But the other was {} first, at {} by {}; the "
                    "first at {} by {}.",
                    index.post_name(earlier), index.at(found.earlier_in), index.post_name(later),
                    index.at(found.later_in), verb, index.at(found.later_out),
                    b ? index.process_name(b->process) : "?", index.at(found.earlier_out),
                    a ? index.process_name(a->process) : "?"));
    if (found.queue.empty()) {
        found.story += " The record does not show where that happened.";
    } else {
        found.story += fmt::format(" It happened in {}/. {}", found.queue,
                                   sentence_of(found.cause, index, run.entries[found.earlier_entry],
                                               run.entries[found.later_entry]));
    }
    return found;
}

}  // namespace qslice::sim
