/// @file
/// Reads the log files of a site's machines, plain or compressed, into a history. It is the first
/// step of `logs`.
#pragma once

#include "sim/site/site_history.hpp"
#include "sim/site/time_zone.hpp"

#include <qslice/core/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// A log file or a directory of log files, and its machine.
struct log_source {
    std::string machine;
    std::string path;
};

/// Reads "MACHINE=PATH" or "PATH". Without MACHINE, the directory gives its name: "m1" for
/// m1/qrunner and for the directory m1.
/// @returns `malformed` for an empty machine or path
result<log_source> parse_log_source(std::string_view text);

/// Clock corrections by machine.
struct machine_clocks {
    time_zone zone;  ///< of machines not named here
    std::map<std::string, time_zone, std::less<>> zones;
    std::map<std::string, double, std::less<>> ahead_s;  ///< how far a clock is ahead
};

/// Reads one source's entries into the builder. In a directory it reads the files named like
/// Mailman's logs (qrunner, smtp, smtp-failure, error, post, vette; mailman.log, smtp.log; rotated
/// and compressed ones too).
/// @returns `not_found`, `denied` or `io` for files that cannot be read, `malformed` for a damaged
///          gzip file or a directory without logs
result<void> read_logs(history_builder& builder, const log_source& source,
                       const machine_clocks& clocks);

}  // namespace qslice::sim::diagnosis
