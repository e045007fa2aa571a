/// @file
/// One inspection of all queues of a site, with its findings: what `inspect DIR` shows.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/lock_survey.hpp"
#include "sim/site/ownership_survey.hpp"
#include "sim/site/queue_listing.hpp"
#include "sim/site/queue_survey.hpp"
#include "sim/site/queue_tree.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// What counts as late.
struct inspection_options {
    slice_plan_options plan;
    survey_options survey;
    std::optional<mailman_version> version;  ///< empty: detected from the directories
    double stuck_s = 600;                    ///< age from which an entry in hand is stuck
    double partial_s = 300;                  ///< age from which a partial entry is a leftover
    double ahead_s = 2;                      ///< a stamp this far in the future shows a wrong clock
    /// The number of waiting entries above which a queue needs attention; "" for all others.
    std::map<std::string, std::uint64_t, std::less<>> limits;

    [[nodiscard]] std::optional<std::uint64_t> limit_of(std::string_view queue) const {
        auto found = limits.find(queue);
        if (found == limits.end() && !is_parking(queue)) found = limits.find("");
        return found == limits.end() ? std::nullopt : std::optional(found->second);
    }
};

/// A message and what the logs tell of it.
struct entry_evidence {
    std::string queue;
    std::string file;
    std::string list;
    std::string message_id;
    std::string from;              ///< the queue that it was set aside from, as its metadata say
    std::string cause;             ///< the exception or reason; empty: the logs do not tell of it
    std::string place;             ///< of the cause in the logs
    std::uint64_t sent = 0;        ///< how many deliveries of its Message-ID the logs have
    std::optional<double> sent_s;  ///< the last of them
};

/// The result of an inspection.
struct inspection {
    std::string root;
    mailman_version version = mailman_version::unknown;
    double now_s = 0;
    std::optional<double> since_s;  ///< the earlier look that growth refers to
    std::vector<queue_survey> queues;
    std::vector<held_lock> locks;
    ownership_survey ownership;
    std::vector<entry_evidence> evidence;  ///< if logs were given
    std::vector<finding> findings;         ///< the most important first
};

/// Inspects all queues below a directory.
/// @returns the result; an error for a directory without queues or contradictory options
result<inspection> inspect_queues(const std::string& directory, const inspection_options& options);

/// The same for a listing of queues, made elsewhere: no file is opened, and locks and owners are
/// not seen.
/// @param name  of the listing
result<inspection> inspect_listing(const std::string& name, const queue_listing& listing,
                                   const inspection_options& options);

/// The findings from one queue's survey.
std::vector<finding> queue_findings(const queue_survey& seen, mailman_version version,
                                    const inspection_options& options);

}  // namespace qslice::sim::diagnosis
