/// @file
/// What the logs tell of the messages that lie in shunt/ and bad/ or are in hand: the exception
/// that put them there, and whether they were sent. `inspect --logs` shows it beside the queues.
#pragma once

#include "sim/site/entry_view.hpp"
#include "sim/site/finding.hpp"
#include "sim/site/inspection.hpp"
#include "sim/site/site_history.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qslice::sim::diagnosis {

/// The deliveries of one message in the logs.
struct known_delivery {
    std::uint64_t count = 0;
    double last_s = 0;
};

/// All deliveries that were not refused.
class delivered_messages {
public:
    explicit delivered_messages(const site_history& history);

    /// @param message_id  with its angle brackets
    /// @returns null if the logs show no delivery of it
    [[nodiscard]] const known_delivery* find(std::string_view message_id) const;

private:
    std::unordered_map<std::uint64_t, known_delivery> by_hash_;
};

/// "listid" or "listname" in an entry's metadata; empty if neither is there.
std::string list_of(const entry_view& entry);

/// "<id>" of an entry's message; empty if it has none.
std::string message_id_of(const entry_view& entry);

/// Opens the entries, at most 200 of each kind and queue, and looks them up in the logs.
std::vector<entry_evidence> look_up(const inspection& seen, const site_history& history);

/// Messages that would be sent again if they were queued again.
std::vector<finding> evidence_findings(const std::vector<entry_evidence>& evidence);

std::string to_text(const std::vector<entry_evidence>& evidence);
nlohmann::ordered_json to_json(const std::vector<entry_evidence>& evidence);

}  // namespace qslice::sim::diagnosis
