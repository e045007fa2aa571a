/// @file
/// Listings of queue directories as people send them: what ls, find or stat printed on a site's
/// machine. `inspect LISTING` judges their entries as it judges a live directory's.
#pragma once

#include "sim/site/mailman_names.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// A file in a listing.
struct listed_file {
    std::string name;
    std::optional<double> written_s{};  ///< its mtime, where the listing has it with its time zone
    std::optional<std::uint64_t> size_bytes{};
};

/// The files of one directory.
struct listed_queue {
    std::string queue;      ///< "in"; the listing's own name if no line names the directory
    std::string directory;  ///< as the listing names it
    std::vector<listed_file> files{};
};

/// A listing.
struct queue_listing {
    std::vector<listed_queue> queues;  ///< in the order in which a message meets them
    mailman_version version = mailman_version::unknown;
    double made_s = 0;        ///< when the listing's file was last written
    std::uint64_t times = 0;  ///< files with a time
    std::uint64_t files = 0;
};

/// Reads the output of `ls` with any of -f -l -n -s -i -t -R and --time-style, of
/// `find -printf`, `find -ls`, and of `stat` with its own or any other format; with the command's
/// own line before it or not.
/// @returns nothing if the file is no text or no line of it names an entry; the reader's error
result<std::optional<queue_listing>> read_listing(const std::string& path);

}  // namespace qslice::sim::diagnosis
