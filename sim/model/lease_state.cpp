#include "sim/model/lease_state.hpp"

#include "sim/model/state_hash.hpp"
#include "sim/record/instants.hpp"

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/ownership/lease_content.hpp>
#include <qslice/ownership/lease_survey.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace qslice::sim {

namespace {

struct marked_path {
    std::string_view before;  // with the mark
    std::uint64_t beat = 0;
};

std::optional<marked_path> parse(std::string_view path) {
    for (const std::string_view mark : {qslice::detail::beat_mark, qslice::detail::want_mark}) {
        const std::size_t at = path.rfind(mark);
        if (at == std::string_view::npos) continue;
        const std::size_t end = at + mark.size();
        const auto beat = qslice::detail::whole_number<std::uint64_t>(path.substr(end));
        if (beat) return marked_path{path.substr(0, end), *beat};
    }
    return std::nullopt;
}

/// In instants, from 0 to a bound.
std::uint64_t instants(double seconds, double most_s) {
    constexpr double per_second = 512;
    return static_cast<std::uint64_t>(std::llround(std::clamp(seconds, 0.0, most_s) * per_second));
}

std::uint64_t hash_of(const leased_slice& s) { return mix(mix(mix(s.epoch), s.slice), s.slices); }

}  // namespace

std::string_view without_beat(std::string_view path) {
    const auto marked = parse(path);
    return marked ? marked->before : path;
}

std::string lease_essence(std::string_view content) {
    const auto lease = parse_lease(content);
    return lease ? std::string(lease->owner()) : std::string(content);
}

void lease_beats::add(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    seen_[std::string(path.substr(0, slash))].add(path.substr(slash + 1));
    const auto marked = parse(path);
    if (!marked) {
        leases_.emplace(path);
        return;
    }
    std::uint64_t& beat = beats_[std::string(marked->before)];
    beat = std::max(beat, marked->beat + 1);
}

std::uint64_t lease_beats::behind(std::string_view path) const {
    const auto marked = parse(path);
    if (!marked) return 0;
    const auto there = beats_.find(marked->before);
    if (there == beats_.end()) return mix(1);
    return there->second == marked->beat + 1 ? 0 : 1;
}

std::uint64_t lease_beats::hash(const seen_lease& known, std::string_view directory) const {
    std::string path(directory);
    path += '/' + to_string(lease_name{known.name.of, known.name.number, false});
    path += std::string(qslice::detail::beat_mark) + std::to_string(known.beat);
    const std::uint64_t name =
        mix(mix(hash_of(known.name.of), known.name.number), known.name.given_back ? 1 : 0);
    return mix(name, behind(path));
}

const lease_survey& lease_beats::survey(std::string_view directory) const {
    static const lease_survey nothing;
    const auto seen = seen_.find(directory);
    return seen == seen_.end() ? nothing : seen->second;
}

bool lease_beats::is_over(const seen_lease& known, std::string_view directory) const {
    std::string path(directory);
    path += '/' + to_string(known.name);
    if (leases_.contains(path)) {
        path += std::string(qslice::detail::beat_mark) + std::to_string(known.beat);
        return !known.name.given_back && behind(path) == 1;
    }
    const seen_lease* const highest = survey(directory).find(known.name.of);
    return highest != nullptr && highest->name.number >= known.name.number;
}

std::uint64_t lease_beats::hash(const keeper_memory& m, std::string_view directory,
                                const lease_times& times, bool has_looked,
                                std::span<const leased_slice> lasting) const {
    const auto lasts = [&](const leased_slice& of) {
        return std::find(lasting.begin(), lasting.end(), of) != lasting.end();
    };
    std::uint64_t all = mix(mix(m.epoch), m.newest_epoch);
    all = mix(all, (m.is_first ? 1U : 0U) + (m.is_stopping ? 2U : 0U));
    all = mix(all, instants(m.older_seen_s, times.silent_s()));
    for (const keeper_memory::lease& own : m.held) {
        all = mix(mix(all, hash_of(own.name.name.of)), static_cast<std::uint64_t>(own.phase));
        all = mix(all, own.was_started ? 1 : 0);
        if (lasts(own.name.name.of)) continue;
        all = mix(all, hash(own.name, directory));
        all = mix(mix(all, instants(own.renews_in_s, times.sure_s())),
                  instants(own.sure_for_s, times.takeover_s));
        all = mix(all, own.is_confirmed ? 0 : 1 + instants(own.written_s, times.sure_s()));
    }
    all = mix(all, m.held.size());
    for (const keeper_memory::silence& other : m.watched) {
        if (lasts(other.of)) continue;
        all = mix(all, hash_of(other.of));
        if (!other.last) continue;
        if (!has_looked && is_over(*other.last, directory)) {
            // To see another lease of the slice is more than to see another beat.
            if (leases_.contains(std::string(directory) + '/' + to_string(other.last->name)))
                all = mix(all, 1);
            continue;
        }
        all = mix(all, hash(*other.last, directory));
        all = mix(all, instants(other.for_s, times.silent_s() + times.patience_s(2)));
    }
    all = mix(all, 1);
    for (const keeper_memory::want& want : m.wants) {
        std::string path(directory);
        path += '/' + to_string(lease_name{want.of, 1, false});
        path += std::string(qslice::detail::want_mark) + std::to_string(want.beat);
        all = mix(mix(all, hash_of(want.of)), behind(path));
    }
    all = mix(all, m.wants.size());
    for (const keeper_memory::wanted& want : m.wanting) {
        all = mix(mix(all, hash_of(want.of)), instants(want.again_in_s, times.renew_s()));
    }
    return all;
}

}  // namespace qslice::sim
