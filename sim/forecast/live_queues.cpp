#include "sim/forecast/live_queues.hpp"

#include "sim/site/quiet_file.hpp"

#include <qslice/world/detail/posix_list.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace qslice::sim {

namespace {

bool earlier(const entry_name& a, const entry_name& b) {
    return std::pair(a.time.seconds, a.hash) < std::pair(b.time.seconds, b.hash);
}

void see(live_queue& found, std::string_view name) {
    const auto cut = split_extension(name);
    const auto state = state_of(cut.extension);
    if (state != entry_state::queued && state != entry_state::in_hand) {
        ++found.skipped;
        return;
    }
    const auto entry = parse_entry_name(cut.base);
    if (!entry) {
        ++found.skipped;
        return;
    }
    found.in_hand += state == entry_state::in_hand ? 1 : 0;
    found.entries.push_back(*entry);
}

}  // namespace

result<std::vector<live_queue>> list_live_queues(const diagnosis::queue_tree& tree) {
    std::vector<live_queue> queues;
    for (const diagnosis::queue_place& place : tree.queues) {
        live_queue& found = queues.emplace_back();
        found.queue = place.queue;
        const auto opened = diagnosis::open_quietly(place.directory, O_DIRECTORY);
        if (!opened) return failure(opened.error());
        auto visit = [&](std::string_view name) { see(found, name); };
        auto listed =
            qslice::detail::list_open_directory(opened->descriptor, place.directory, visit);
        if (!listed) return failure(listed.error());
        std::sort(found.entries.begin(), found.entries.end(), earlier);
        // A runner takes an entry during the listing, which then shows it under both names.
        const auto same = [](const entry_name& a, const entry_name& b) {
            return a.time == b.time && a.hash == b.hash;
        };
        const auto end = std::unique(found.entries.begin(), found.entries.end(), same);
        found.entries.erase(end, found.entries.end());
    }
    return queues;
}

}  // namespace qslice::sim
