/// @file
/// Reads a trace: who posted to which list when, without names, addresses or texts.
/// One of the three sources of streams; make_stream.hpp chooses among them.
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
/// After the line of trace_columns comes a line a post:
/// - arrival_epoch_s: whole seconds since the epoch. Posts of one second keep their order in the
///   file and are spread evenly over it (spread_within_seconds()). Lines need not be sorted; they
///   are put in order of time, equal times in the order of the file.
/// - list: its name; letters, digits and . - _ + @ =
/// - size_bytes: of the whole message, 1 to 4294967295
/// - message_id_sha1, in_reply_to_sha1, sender_sha1: identities of 16 hex digits, not all zero;
///   in_reply_to_sha1 is empty for a post that answers none
///
/// Lists and senders are numbered as they come up; a sender's address is made of its identity.
/// @param path  "-": standard input
/// @returns the stream; `malformed` with "FILE:LINE", what stands there and what was expected, for
///          the first line that is not so, and for a trace without posts; else the reason why the
///          file cannot be read
/// @complexity linear in the file's size
[[nodiscard]] result<message_stream> read_trace(const std::string& path);

}  // namespace qslice::sim
