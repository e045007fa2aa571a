#include "sim/check/run_index.hpp"

#include "sim/record/site_words.hpp"

#include <fmt/format.h>

#include <numeric>

namespace qslice::sim {

namespace {

template <class Record>
grouping group_by(const std::vector<Record>& records, std::uint32_t Record::*key,
                  std::size_t groups) {
    std::vector<std::uint32_t> keys;
    keys.reserve(records.size());
    for (const Record& r : records) keys.push_back(r.*key);
    return {keys, groups};
}

}  // namespace

grouping::grouping(const std::vector<std::uint32_t>& keys, std::size_t groups)
    : begins_(groups + 1) {
    for (const std::uint32_t key : keys) {
        if (key < groups) ++begins_[key + 1];
    }
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    items_.resize(begins_.back());
    std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
    for (std::uint32_t item = 0; item < keys.size(); ++item) {
        if (keys[item] < groups) items_[next[keys[item]]++] = item;
    }
}

run_index::run_index(const run_record& r)
    : run(r),
      entries(group_by(r.entries, &entry_record::post, r.posts.size())),
      deliveries(group_by(r.deliveries, &effect_record::post, r.posts.size())),
      archivings(group_by(r.archivings, &effect_record::post, r.posts.size())),
      digest_entries(group_by(r.entries, &entry_record::digest, r.digests.size())),
      digest_deliveries(group_by(r.deliveries, &effect_record::digest, r.digests.size())) {
    for (const effect_kind& kind : r.own_effects) {
        own_effects.push_back(group_by(kind.effects, &effect_record::post, r.posts.size()));
    }
}

std::string_view run_index::queue_of(const entry_record& entry) const {
    return entry.queue < run.queues.size() ? std::string_view(run.queues[entry.queue]) : "?";
}

std::string run_index::process_name(std::uint32_t process) const {
    if (process >= run.processes.size()) return "?";
    return run.processes[process].name + " on " + run.processes[process].machine;
}

std::string run_index::post_name(std::uint32_t post) const {
    if (post >= run.stream.arrivals.size()) return fmt::format("{} {}", words().item, post);
    const arrival& a = run.stream.arrivals[post];
    std::string text = fmt::format("{} {}", words().item, post);
    if (a.list < run.stream.lists.size()) {
        text += fmt::format(" {} {}", words().to, run.stream.lists[a.list]);
        if (a.sender < run.stream.senders.size()) text += " from " + run.stream.senders[a.sender];
    }
    return text;
}

std::string run_index::at(virtual_time t) const {
    if (t == never) return "never";
    return fmt::format("{:.6f} s", to_seconds(t - run.started));
}

}  // namespace qslice::sim
