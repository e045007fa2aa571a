/// @file
/// What lies in a site's queues when a run starts, and how long its runners take, as plain data. A
/// simulation that starts from a live site's queues gets it; one of a scenario starts empty.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/entry_name.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// An entry that lies in a queue.
struct standing_entry {
    std::string queue;
    entry_name name;
};

/// How long the runners of a queue take per entry, in place of the scenario's service times.
struct runner_pace {
    std::string queue;
    service_time each;
};

/// The state that a run starts from.
/// @safety a plain value
struct standing_site {
    /// Entry i is the first state of post i of the stream, which is not posted.
    std::vector<standing_entry> entries;
    std::vector<runner_pace> paces;

    /// Null: none is known.
    [[nodiscard]] const service_time* pace_of(std::string_view queue) const {
        const auto found = std::find_if(paces.begin(), paces.end(),
                                        [&](const runner_pace& p) { return p.queue == queue; });
        return found == paces.end() ? nullptr : &found->each;
    }
};

}  // namespace qslice::sim
