/// @file
/// The text of a post as it reaches the site: a head that names its list, sender and thread,
/// and a body of its size. The simulation gives it to the mail server's runner.
#pragma once

#include "sim/record/message_stream.hpp"

#include <cstddef>
#include <string>

namespace qslice::sim {

/// The text of a post, with lines ended by "\n".
///
/// Its first line is post_header with N, the post's index in the stream. For an mbox the
/// message itself follows. Else From, To, Subject, Date (whole seconds, UTC), Message-ID and, in
/// an answer, In-Reply-To and References (the thread's first post and the one answered), so that
/// thread_root() finds the thread; then a body of filler that makes the text size_bytes long, or
/// as long as the head where that is longer.
/// @param post  below stream.arrivals.size()
/// @complexity linear in the size, at the speed of a copy
[[nodiscard]] std::string compose_message(const message_stream& stream, std::size_t post);

/// The same into a text whose memory is used again.
void compose_message(const message_stream& stream, std::size_t post, std::string& text);

}  // namespace qslice::sim
