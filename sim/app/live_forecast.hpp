/// @file
/// What `qslice-sim run --from` does: from a live site's queues and logs to the end of its backlog.
#pragma once

#include "sim/app/command.hpp"
#include "sim/forecast/forecast.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The options that go with --from.
struct forecast_choices {
    std::string from;
    std::vector<std::string> logs;
    std::optional<std::string> running;
    std::vector<std::string> paces;  ///< "out=0.2"
    std::string lost;
    std::optional<double> now_s;
    forecast_options options;
};

/// Adds --from and what goes with it.
/// @returns the option --from itself
option add_forecast_options(command_options command, forecast_choices& choices);

/// Makes the forecast and prints it.
/// @returns `broken` if some entries would never be taken as it is
[[nodiscard]] result<exit_status> forecast_backlog(session& s, forecast_choices& choices);

}  // namespace qslice::sim
