/// @file
/// Reads a trace: who posted to which list and when, without names, addresses or texts. One of the
/// sources of streams; make_stream.hpp chooses among them.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The first line of a trace.
inline constexpr std::string_view trace_columns =
    "arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1";

/// Reads a trace, plain or compressed by gzip: CSV, or JSON lines with the columns as keys.
///
/// After the header line trace_columns, or from the first line of JSON on, there is one line per
/// post:
/// - arrival_epoch_s: seconds since the epoch, with up to 9 decimals. If no time of the file has
///   any, posts of the same second keep their file order and are spread evenly over it
///   (spread_within_seconds()). Lines need not be sorted; they are sorted by time, equal times in
///   file order.
/// - list: its name, of letters, digits and . - _ + @ =
/// - size_bytes: of the whole message, 1 to 4294967295
/// - message_id_sha1, in_reply_to_sha1, sender_sha1: identifiers of 16 hex digits, not all zero;
///   in_reply_to_sha1 is empty for a post that is not an answer, message_id_sha1 for one without a
///   Message-ID, which nothing answers. In JSON they may be missing or null.
///
/// Lists and senders are numbered in order of appearance; a sender's address is made from its
/// identifier.
/// @param path  "-": standard input
/// @returns the stream; `malformed` with "FILE:LINE", what was found and what was expected, for the
///          first invalid line and for a trace without posts; otherwise the reason why the file
///          cannot be read
/// @complexity linear in the file's size
[[nodiscard]] result<message_stream> read_trace(const std::string& path);

/// One post as a trace states it.
struct trace_post {
    virtual_time time{};
    std::string list;
    std::uint32_t size_bytes = 0;
    std::uint64_t message_id = 0;   ///< 0: none
    std::uint64_t in_reply_to = 0;  ///< 0: none
    std::uint64_t sender = 0;
};

/// A line of a trace, without its end.
/// @param json  as JSON, otherwise CSV
[[nodiscard]] std::string trace_line(const trace_post& post, bool json);

/// A trace's posts in the order of the file, before anything is made of them.
/// @returns as read_trace()
[[nodiscard]] result<std::vector<trace_post>> read_trace_posts(const std::string& path);

}  // namespace qslice::sim
