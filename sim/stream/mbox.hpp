/// @file
/// Reads an mbox: the messages of a list's archive, with their text. One of the sources of streams;
/// make_stream.hpp chooses among them.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <string>

namespace qslice::sim {

/// The longest mbox, decompressed.
inline constexpr std::uint64_t most_mbox_bytes = std::uint64_t{2} << 30U;

/// Reads an mbox, plain or compressed by gzip.
///
/// For each message:
/// - text: as in the file after its "From " line, without the empty line before the next message;
///   ">From " in a body is kept, since mbox variants differ in its meaning
/// - time: whole seconds, from the topmost Received field with a date, otherwise from Date.
///   Messages are sorted by time, equal times in file order, and those of the same second are
///   spread evenly over it (spread_within_seconds())
/// - list: the identifier of List-Id ("users.lists.example.org"), otherwise the address of
///   List-Post or X-BeenThere, otherwise `other_list`
/// - sender: the address of From, in lower case; the field's text if it is not an address ("ann at
///   example.org" in archives that hide addresses)
/// - message_id: the first 8 bytes of the SHA-1 of Message-ID without its "<>"; of the text if
///   there is none. in_reply_to: from In-Reply-To, otherwise from the last of References; thread:
///   from thread_root(), as in the thread key of hash policies
/// @param path        "-": standard input
/// @param other_list  list of messages that name none; empty: the file's name up to its first dot
/// @returns the stream; `malformed` with "FILE: message N at line L" for a message without time or
///          sender, a file that is not an mbox or is longer than most_mbox_bytes; otherwise the
///          reason why the file cannot be read
/// @complexity linear in the file's size; needs twice the file's size in memory while reading
[[nodiscard]] result<message_stream> read_mbox(const std::string& path,
                                               const std::string& other_list = {});

}  // namespace qslice::sim
