/// @file
/// What the logs tell of the messages that lie in shunt/ and bad/ or are in hand: the exception
/// that put them there, and whether they were sent. `inspect --logs` shows it beside the queues.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/inspection.hpp"
#include "sim/site/site_history.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// Opens the entries, at most 200 of each kind and queue, and looks them up in the logs.
std::vector<entry_evidence> look_up(const inspection& seen, const site_history& history);

/// Messages that would be sent again if they were queued again.
std::vector<finding> evidence_findings(const std::vector<entry_evidence>& evidence);

std::string to_text(const std::vector<entry_evidence>& evidence);
nlohmann::ordered_json to_json(const std::vector<entry_evidence>& evidence);

}  // namespace qslice::sim::diagnosis
