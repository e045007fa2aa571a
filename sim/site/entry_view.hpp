/// @file
/// The contents of one entry's file: its name, metadata and message header; nothing is executed.
/// `inspect FILE.pck` shows it.
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

/// The contents of an entry's file, as far as they can be parsed.
struct entry_view {
    std::string path;
    std::uint64_t size_bytes = 0;
    std::optional<entry_name> name;  ///< empty: malformed
    std::optional<error> problem;    ///< what could not be parsed; the rest is still given
    std::string stored_as;           ///< "text" or the class of the message object
    std::vector<std::pair<std::string, std::string>> head;  ///< header fields, in words
    std::string envelope;             ///< the line "From sender date" that an object holds apart
    std::uint64_t message_bytes = 0;  ///< of the message's pickle
    metadata data;
};

/// Reads an entry's file without changing it, nor its access time where the system permits.
/// @param version  empty or unknown: detected from the pickle
/// @returns the contents; an error only for a file that cannot be read
/// @safety safe on hostile files: objects are described, never created
result<entry_view> view_entry(const std::string& path, std::optional<mailman_version> version);

/// The bytes of an entry's message as its Mailman hands them to the mail server, with LF as line
/// ends: an object is flattened and folded, a text is as it stands but for a line "From ...".
/// @param version  empty or unknown: detected from the pickle
/// @returns an error for a file or message that cannot be read
result<std::string> message_as_sent(const std::string& path,
                                    std::optional<mailman_version> version);

/// A value as Python would print it, shortened; a header field of several charsets in words.
std::string describe(const value& v);

std::string to_text(const entry_view& entry);
nlohmann::ordered_json to_json(const entry_view& entry);

}  // namespace qslice::sim::diagnosis
