/// @file
/// One message's way through the logs of all machines: every entry that names its Message-ID.
/// `logs --message ID` shows it.
#pragma once

#include "sim/site/site_history.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace qslice::sim::diagnosis {

/// Whether a text names the message, and not one whose id only contains this one.
/// @param id  without angle brackets
bool names_message(std::string_view text, std::string_view id) noexcept;

/// The entries in order of time, each with its machine and process.
std::string journey_text(const site_history& history, std::string_view id);
nlohmann::ordered_json journey_json(const site_history& history, std::string_view id);

}  // namespace qslice::sim::diagnosis
