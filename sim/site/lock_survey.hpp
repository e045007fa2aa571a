/// @file
/// The locks of a site: whose they are, until when, and whether their process is alive. `inspect`
/// reads them beside the queues.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/queue_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// A held lock.
struct held_lock {
    std::string path;
    std::string name;  ///< "LIST.lock", "master-qrunner"
    std::string list;  ///< empty: the master's, or another
    bool master = false;
    std::string host;  ///< as the lock names it; empty: not understood
    std::uint64_t pid = 0;
    std::optional<bool> alive;     ///< without a value: of another machine
    double expires_s = 0;          ///< Mailman sets the file's time to the end of its life time
    std::optional<double> held_s;  ///< how long ago it was taken, if the file shows it
    std::uint64_t links = 0;       ///< 2 while it is held: the lock and its owner's claim
};

/// Who holds a lock, from the content of its file.
struct lock_owner {
    std::string host;
    std::uint64_t pid = 0;
};

/// Reads "/var/lib/mailman/locks/LIST.lock.HOST.PID.COUNT" (Mailman 2.1; of its master,
/// "master-qrunner.HOST.PID") or
/// ".../LIST.lock|HOST|PID|NUMBER" (Mailman 3), the name of the claim.
/// @param name  of the lock
std::optional<lock_owner> read_lock_owner(std::string_view content, std::string_view name);

/// The locks beside a site's queues; none if there is no such directory.
///
/// Nothing is changed; a process is asked for by signal 0.
/// @source Mailman 2.1 LockFile.py; flufl.lock; Debian and Red Hat keep locks below /var/lock
std::vector<held_lock> survey_locks(const queue_tree& tree, double now_s);

/// Locks that nobody holds any more, or that are held for long.
std::vector<finding> lock_findings(const std::vector<held_lock>& locks, mailman_version version,
                                   double now_s);

}  // namespace qslice::sim::diagnosis
