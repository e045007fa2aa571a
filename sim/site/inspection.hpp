/// @file
/// A whole site's queues looked at once, with the conclusions: what `inspect DIR` shows.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/queue_survey.hpp"
#include "sim/site/queue_tree.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// What counts as late.
struct inspection_options {
    slice_plan_options plan;
    survey_options survey;
    std::optional<mailman_version> version;  ///< nothing: as the directories tell
    double stale_s = 900;                    ///< a waiting entry is late after so long
    double stuck_s = 600;                    ///< an entry in hand is stuck after so long
    double partial_s = 300;                  ///< a partial entry is left over after so long
    double ahead_s = 2;                      ///< a stamp so far in the future is a wrong clock's
};

/// What was seen and what follows from it.
struct inspection {
    std::string root;
    mailman_version version = mailman_version::unknown;
    double now_s = 0;
    std::vector<queue_survey> queues;
    std::vector<finding> findings;  ///< what needs attention first
};

/// Looks at all queues below a directory.
/// @returns what was seen; an error for a directory without queues or options that do not fit
result<inspection> inspect_queues(const std::string& directory, const inspection_options& options);

/// The conclusions from one queue's survey.
std::vector<finding> queue_findings(const queue_survey& seen, mailman_version version,
                                    const inspection_options& options);

}  // namespace qslice::sim::diagnosis
