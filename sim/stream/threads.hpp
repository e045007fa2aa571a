/// @file
/// Finds the thread of each post of a stream by following the answers to their first post.
/// The makers of streams call it; compose.hpp and checks of thread order read the result.
#pragma once

#include "sim/record/message_stream.hpp"

namespace qslice::sim {

/// Sets arrival::thread of every post.
///
/// A post that answers none starts a thread. Answers to one post that is not in the stream are a
/// thread of that post's message_id. Posts that answer each other in a circle, or themselves, are
/// a thread of the first of them.
/// @complexity linear in the number of posts
void set_threads(message_stream& stream);

}  // namespace qslice::sim
