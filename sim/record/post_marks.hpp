/// @file
/// The marks of a simulated post, by which it is recognised in everything made from it. Streams and
/// the intake write them, the recorder reads them.
#pragma once

#include <string_view>

namespace qslice::sim {

/// The first header field, with the post's index in its stream.
inline constexpr std::string_view post_header = "X-Qslice-Post";

/// The metadata key for the same index.
inline constexpr std::string_view post_key = "qslice_post";

}  // namespace qslice::sim
