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
    bool named = true;  ///< the user gave the machine's name
};

/// Reads "MACHINE=PATH" or "PATH". Without MACHINE, the directory gives its name: "m1" for
/// m1/qrunner and for the directory m1.
/// @returns `malformed` for an empty machine or path
result<log_source> parse_log_source(std::string_view text);

/// Reads several. Directories with one last name are told apart: mx1/var/log/mailman and
/// mx2/var/log/mailman are the machines mx1 and mx2.
result<std::vector<log_source>> parse_log_sources(const std::vector<std::string>& texts);

/// Clock corrections by machine.
struct machine_clocks {
    time_zone zone;  ///< of machines not named here
    std::map<std::string, time_zone, std::less<>> zones;
    std::map<std::string, double, std::less<>> ahead_s;  ///< how far a clock is ahead
};

/// Reads one source's entries into the builder. In a directory it reads the files named like
/// Mailman's logs (qrunner, smtp, smtp-failure, error, post, vette, ...; mailman.log, smtp.log,
/// ...; rotated and gzipped ones too). Pipes and files of other compressions are left out, and said
/// to be.
/// @returns `not_found`, `denied` or `io` for files that cannot be read, `malformed` for a damaged
///          gzip file or a directory without logs
result<void> read_logs(history_builder& builder, const log_source& source,
                       const machine_clocks& clocks);

/// Reads several sources, given as parse_log_sources takes them.
result<void> read_all_logs(history_builder& builder, const std::vector<std::string>& sources,
                           const machine_clocks& clocks = {});

}  // namespace qslice::sim::diagnosis
