/// @file
/// One entry's file opened up: its name, metadata and the head of its message, without executing
/// anything. `inspect FILE.pck` shows it.
#pragma once

#include "sim/site/mailman_names.hpp"

#include <qslice/codec/metadata.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// What an entry's file holds, as far as it can be understood.
struct entry_view {
    std::string path;
    std::uint64_t size_bytes = 0;
    std::optional<entry_name> name;  ///< nothing: malformed
    std::optional<error> problem;    ///< what could not be understood; the rest is still there
    std::string stored_as;           ///< "text" or the class of the message's object
    std::vector<std::pair<std::string, std::string>> head;  ///< header fields, in words
    std::string envelope;             ///< the line "From sender date" that an object holds apart
    std::uint64_t message_bytes = 0;  ///< of the message's pickle
    metadata data;
};

/// Reads an entry's file; neither it nor its access time changes where the system allows that.
/// @param version  nothing or unknown: as the pickle's form tells
/// @returns what was found; an error only for a file that cannot be read
/// @safety safe on hostile files: objects are described, never made
result<entry_view> view_entry(const std::string& path, std::optional<mailman_version> version);

/// The bytes of an entry's message as its Mailman hands them to the mail server, with LF as line
/// ends: an object is flattened and folded, a text is as it stands but for a line "From ...".
/// @param version  nothing or unknown: as the pickle's form tells
/// @returns an error for a file or message that cannot be read
result<std::string> message_as_sent(const std::string& path,
                                    std::optional<mailman_version> version);

/// A value as Python would print it, shortened; a header field of several charsets in words.
std::string describe(const value& v);

std::string to_text(const entry_view& entry);
nlohmann::ordered_json to_json(const entry_view& entry);

}  // namespace qslice::sim::diagnosis
