/// @file
/// An inspection as OpenMetrics text, for the textfile collector of a node exporter.
/// `inspect --openmetrics` writes it.
#pragma once

#include "sim/site/inspection.hpp"

#include <string>

namespace qslice::sim::diagnosis {

/// Entries, entries in hand, oldest age, growth (if an earlier look is known) and runners (if those
/// that run are known) by queue and slice; findings by kind; the time of the look.
/// @source OpenMetrics 1.0: text format, names, escaping, the final "# EOF"
std::string to_openmetrics(const inspection& seen);

}  // namespace qslice::sim::diagnosis
