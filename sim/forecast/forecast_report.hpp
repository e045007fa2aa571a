/// @file
/// A forecast of a live site's backlog as text and JSON, with its assumptions and how strong it is.
#pragma once

#include "sim/forecast/forecast.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim {

/// The queues, the cases, and what is assumed.
[[nodiscard]] std::string forecast_text(const forecast& f);

/// The cases alone, one a line.
[[nodiscard]] std::string forecast_summary(const forecast& f);

[[nodiscard]] nlohmann::ordered_json forecast_json(const forecast& f);

/// Whether a case ends for every entry.
[[nodiscard]] inline bool ends(const forecast_case& c) { return c.stuck.empty(); }

}  // namespace qslice::sim
