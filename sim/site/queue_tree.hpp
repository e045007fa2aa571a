/// @file
/// Finds the queue directories of a site below the directory that a person names.
/// `inspect` begins with it.
#pragma once

#include "sim/site/mailman_names.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// A queue's directory.
struct queue_place {
    std::string queue;
    std::string directory;
};

/// The queues of a site.
struct queue_tree {
    std::string root;     ///< the directory that holds the queues' directories, or the one queue's
    bool single = false;  ///< `root` is one queue's directory
    mailman_version version = mailman_version::unknown;
    std::vector<queue_place> queues;  ///< in the order of a message's way, then by name
};

/// Looks for queues: in the directory itself (in/, out/, ...), in its qfiles/ or queue/ (Mailman
/// 2.1 and 3), in its var/qfiles/ or var/queue/; else takes it as one queue's directory when its
/// name is a queue's or a file in it has one of the extensions of entries.
/// @returns `not_found` or `denied` for a directory that cannot be read; `malformed` for one that
///          holds no queue
result<queue_tree> find_queues(const std::string& directory);

}  // namespace qslice::sim::diagnosis
