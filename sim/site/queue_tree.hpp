/// @file
/// Finds a site's queue directories below the directory that the user names. It is the first step
/// of `inspect`.
#pragma once

#include "sim/site/mailman_names.hpp"

#include <qslice/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
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
    std::vector<queue_place> queues;  ///< in the order in which a message meets them, then by name
};

/// The Mailman version that has queues of these names.
/// @returns `unknown` if both have them
mailman_version version_of_queues(const std::vector<std::string>& names);

/// Where a queue comes on a message's way: the order of `known_queues`; others come last.
std::size_t place_on_the_way(std::string_view queue);

/// The last part of a path, whatever slashes it ends with.
std::string_view last_part(std::string_view path);

/// Looks for queues: in the directory itself (in/, out/, ...), in its qfiles/ or queue/ (Mailman
/// 2.1 and 3), in its var/qfiles/ or var/queue/; otherwise takes it as one queue's directory if it
/// is named like a queue or contains a file with an entry's extension.
/// @returns `not_found` or `denied` for a directory that cannot be read; `malformed` for one
///          without a queue
result<queue_tree> find_queues(const std::string& directory);

}  // namespace qslice::sim::diagnosis
