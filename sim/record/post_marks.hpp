/// @file
/// The marks that a simulated post carries, by which it is found again in whatever is made of it.
/// Streams and the intake write them, the recorder reads them.
#pragma once

#include <string_view>

namespace qslice::sim {

/// The header field, first of all, that holds the post's index in its stream.
inline constexpr std::string_view post_header = "X-Qslice-Post";

/// The metadata key of the same number.
inline constexpr std::string_view post_key = "qslice_post";

}  // namespace qslice::sim
