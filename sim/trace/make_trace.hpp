/// @file
/// Makes traces: from logs and mailboxes, and from another trace without anything that names
/// people or lists. `trace make` and `trace anonymise` write them.
#pragma once

#include "sim/stream/trace.hpp"
#include "sim/trace/mail_log.hpp"
#include "sim/trace/pseudonyms.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <vector>

namespace qslice::sim {

/// The posts of several logs or mailboxes, sorted by time. A message that several of them tell of
/// is one post per list.
/// @param names  makes the identifiers
/// @returns an error of the first file that cannot be read
[[nodiscard]] result<std::vector<trace_post>> make_trace(const std::vector<std::string>& paths,
                                                         const mail_log_options& options,
                                                         const pseudonyms& names);

/// The same posts with other identifiers, which only the secret connects with the old ones: of
/// messages, senders and lists. Times and sizes stay.
[[nodiscard]] std::vector<trace_post> anonymised(std::vector<trace_post> posts,
                                                 const pseudonyms& names);

/// The trace as a file's text.
/// @param json  JSON lines, otherwise CSV
[[nodiscard]] std::string trace_text(const std::vector<trace_post>& posts, bool json);

}  // namespace qslice::sim
