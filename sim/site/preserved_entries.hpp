/// @file
/// The preserved entries (.psv) of a live site: what each is, why it was set aside, whether its
/// message may have been delivered, and the way back into its queue. `restore` is based on it.
#pragma once

#include "sim/site/inspection.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/queue_tree.hpp"
#include "sim/site/site_history.hpp"

#include <qslice/core/result.hpp>
#include <qslice/spool/restore.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// What is known about whether a message was delivered.
enum class known_sent {
    unknown,    ///< no logs were given
    not_shown,  ///< the logs that were given do not show it
    shown,      ///< they show it
};

/// Which entries are put back.
struct restore_choice {
    bool requeue = false;              ///< otherwise nothing is changed
    bool even_if_sent = false;         ///< also those that may have been delivered
    std::string queue;                 ///< for entries that do not say their queue
    std::vector<std::string> entries;  ///< file names or paths; empty: all
};

/// A preserved entry of a site, and what became of it.
struct preserved_file {
    preserved_entry entry;
    mailman_version format = mailman_version::unknown;
    std::string in;  ///< the queue in whose directory it lies
    std::string list;
    std::string message_id;
    known_sent sent = known_sent::unknown;
    std::optional<double> sent_s;  ///< the last delivery of its Message-ID in the logs
    std::string queue;             ///< where it goes; empty: not known
    std::string obstacle;          ///< why it is not put back with these options; empty: it is
    std::string restored_as;       ///< its path in the queue; empty: not put back
};

/// Looks at all preserved entries below a directory.
/// @param version  empty: detected from the directories and each file
/// @param logs     null: none were given
/// @returns an error for a directory without queues, or for a name of --entry that is not there
result<std::vector<preserved_file>> find_preserved(const std::string& directory,
                                                   std::optional<mailman_version> version,
                                                   const site_history* logs,
                                                   const restore_choice& choice);

/// Puts those back that have no obstacle; the others get their reason.
void put_back(std::vector<preserved_file>& files);

std::string to_text(const std::vector<preserved_file>& files, const restore_choice& choice);
nlohmann::ordered_json to_json(const std::vector<preserved_file>& files);

}  // namespace qslice::sim::diagnosis
