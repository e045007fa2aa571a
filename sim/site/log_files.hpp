/// @file
/// Reads log files of a site's machines into a history, plain and compressed ones.
/// `logs` begins with it.
#pragma once

#include "sim/site/site_history.hpp"
#include "sim/site/time_zone.hpp"

#include <qslice/core/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// A log file or a directory of them, and the machine that it is of.
struct log_source {
    std::string machine;
    std::string path;
};

/// Reads "MACHINE=PATH" or "PATH". Without a machine it is named by the directory that the file
/// is in, for example "m1" for m1/qrunner; a directory names it by itself.
/// @returns `malformed` for an empty machine or path
result<log_source> parse_log_source(std::string_view text);

/// A machine's clock against the others.
struct machine_clocks {
    time_zone zone;  ///< of machines not named here
    std::map<std::string, time_zone, std::less<>> zones;
    std::map<std::string, double, std::less<>> ahead_s;  ///< how far a clock is ahead
};

/// Reads one source's entries into the builder. Of a directory it reads the files that have the
/// names of Mailman's logs (qrunner, smtp, smtp-failure, error, post, vette; mailman.log,
/// smtp.log; rotated and compressed ones too).
/// @returns `not_found`, `denied` or `io` for what cannot be read, `malformed` for a damaged gzip
///          file or a directory without logs
result<void> read_logs(history_builder& builder, const log_source& source,
                       const machine_clocks& clocks);

}  // namespace qslice::sim::diagnosis
