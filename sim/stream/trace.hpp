/// @file
/// Reads a trace: who posted to which list and when, without names, addresses or texts. One of the
/// sources of streams; make_stream.hpp chooses among them.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// The first line of a trace.
inline constexpr std::string_view trace_columns =
    "arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1";

/// Reads a trace, plain or compressed by gzip.
///
/// After the header line trace_columns there is one line per post:
/// - arrival_epoch_s: whole seconds since the epoch. Posts of the same second keep their file order
///   and are spread evenly over it (spread_within_seconds()). Lines need not be sorted; they are
///   sorted by time, equal times in file order.
/// - list: its name, of letters, digits and . - _ + @ =
/// - size_bytes: of the whole message, 1 to 4294967295
/// - message_id_sha1, in_reply_to_sha1, sender_sha1: identifiers of 16 hex digits, not all zero;
///   in_reply_to_sha1 is empty for a post that is not an answer
///
/// Lists and senders are numbered in order of appearance; a sender's address is made from its
/// identifier.
/// @param path  "-": standard input
/// @returns the stream; `malformed` with "FILE:LINE", what was found and what was expected, for the
///          first invalid line and for a trace without posts; otherwise the reason why the file
///          cannot be read
/// @complexity linear in the file's size
[[nodiscard]] result<message_stream> read_trace(const std::string& path);

}  // namespace qslice::sim
