/// @file
/// Reads an mbox: the messages of a list's archive, with their texts.
/// One of the three sources of streams; make_stream.hpp chooses among them.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <string>

namespace qslice::sim {

/// Reads an mbox, plain or compressed by gzip.
///
/// Of each message:
/// - text: as it stands in the file behind its "From " line, without the empty line that divides
///   it from the next; ">From " in a body stays as it is, since not all mboxes mean the same by it
/// - time: whole seconds, of the topmost Received field that tells one, else of Date. Messages
///   are put in order of time, equal times in the order of the file, and those of one second are
///   spread evenly over it (spread_within_seconds())
/// - list: the identifier of List-Id ("users.lists.example.org"), else the address of List-Post or
///   X-BeenThere, else `other_list`
/// - sender: the address of From, in lower case; what stands there where no address can be read
///   ("ann at example.org" in archives that hide addresses)
/// - message_id: the first 8 bytes of the SHA-1 of Message-ID without its "<>"; of the text where
///   there is none. in_reply_to: of In-Reply-To, else of the last of References; thread: of
///   thread_root(), as the thread key of hash policies sees it
/// @param path        "-": standard input
/// @param other_list  for messages that name no list; empty: the file's name up to its first dot
/// @returns the stream; `malformed` with "FILE: message N at line L" for a message without time or
///          sender, a file that is no mbox or is larger than 4 GiB; else the reason why the file
///          cannot be read
/// @complexity linear in the file's size; holds the file twice while it reads
[[nodiscard]] result<message_stream> read_mbox(const std::string& path,
                                               const std::string& other_list = {});

}  // namespace qslice::sim
