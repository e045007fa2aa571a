/// @file
/// The text of a post as it reaches the site: a header with its list, sender and thread, and a body
/// of the right size. The simulation passes it to the mail server's runner.
#pragma once

#include "sim/record/message_stream.hpp"

#include <cstddef>
#include <string>

namespace qslice::sim {

/// The longest text that is made: a stream may state sizes that no mail server accepts.
inline constexpr std::size_t most_composed_bytes = std::size_t{16} << 20;

/// The text of a post; lines end with "\n".
///
/// Its first line is post_header with N, the post's index in the stream. For an mbox the message
/// itself follows; otherwise From, To, Subject, Date (whole seconds, UTC), Message-ID and, in an
/// answer, In-Reply-To and References (the thread's first post and the one answered), so that
/// thread_root() finds the thread; then filler up to size_bytes (at least the
/// header, at most most_composed_bytes).
/// @param post  less than stream.arrivals.size()
/// @complexity linear in the size, about as fast as a copy
[[nodiscard]] std::string compose_message(const message_stream& stream, std::size_t post);

/// The same, into a string whose memory is reused.
void compose_message(const message_stream& stream, std::size_t post, std::string& text);

}  // namespace qslice::sim
