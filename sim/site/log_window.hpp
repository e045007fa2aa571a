/// @file
/// What a person says about a site's logs, in words of the command line: zones, clocks, runners
/// and the time to look at.
#pragma once

#include "sim/site/log_files.hpp"
#include "sim/site/site_history.hpp"

#include <qslice/core/result.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// The options as texts.
struct log_settings {
    std::vector<std::string> zones;    ///< --timezone: "ZONE" or "MACHINE=ZONE"
    std::vector<std::string> clocks;   ///< --clock: "MACHINE=SECONDS"
    std::vector<std::string> running;  ///< --running: "MACHINE=OutgoingRunner:0:3,..."
    std::string from;                  ///< --from
    std::string to;                    ///< --to

    /// What they mean.
    struct meaning {
        machine_clocks clocks;
        history_options history;
        std::set<std::string> machines;  ///< that were named
    };

    /// @returns `malformed`, naming the option, for what cannot be understood
    [[nodiscard]] result<meaning> read() const;
};

/// Reads "2014-05-24", "2014-05-24 15:23", "2014-05-24 15:23:34" (or with 'T').
/// @returns seconds since the epoch of that time in UTC; `malformed` for anything else
result<log_time> parse_log_time(std::string_view text);

}  // namespace qslice::sim::diagnosis
