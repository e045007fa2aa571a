/// @file
/// Finds the thread of each post of a stream by following answers up to the first post. The makers
/// of streams call it; compose.hpp and the checks of thread order use the result.
#pragma once

#include "sim/record/message_stream.hpp"

namespace qslice::sim {

/// Sets arrival::thread of every post.
///
/// A post that is not an answer starts a thread. Answers to the same post outside the stream form a
/// thread with that post's message_id. Posts that answer each other in a cycle, or themselves, form
/// a thread of the first of them.
/// @complexity linear in the number of posts
void set_threads(message_stream& stream);

}  // namespace qslice::sim
