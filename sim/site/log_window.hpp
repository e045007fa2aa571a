/// @file
/// What the user states about a site's logs on the command line: time zones, clocks, runners and
/// the time window.
#pragma once

#include "sim/site/log_files.hpp"
#include "sim/site/site_history.hpp"

#include <qslice/core/result.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// The options as given.
struct log_settings {
    std::vector<std::string> zones;    ///< --timezone: "ZONE" or "MACHINE=ZONE"
    std::vector<std::string> clocks;   ///< --clock: "MACHINE=SECONDS"
    std::vector<std::string> running;  ///< --running: "MACHINE=OutgoingRunner:0:3,..."
    std::string from;                  ///< --from
    std::string to;                    ///< --to

    /// The parsed options.
    struct meaning {
        machine_clocks clocks;
        history_options history;
        std::set<std::string> machines;  ///< the machines named in the options
    };

    /// @returns `malformed`, naming the option, for an invalid value
    [[nodiscard]] result<meaning> read() const;
};

/// Reads "2014-05-24", "2014-05-24 15:23", "2014-05-24 15:23:34" (or with 'T').
/// @returns seconds since the epoch of that time in UTC; `malformed` for anything else
result<log_time> parse_log_time(std::string_view text);

}  // namespace qslice::sim::diagnosis
