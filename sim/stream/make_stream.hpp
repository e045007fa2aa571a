/// @file
/// Makes the stream of posts that a scenario describes: synthetic, from a trace, from an mbox or
/// listed. The entry point of this folder for playing a scenario.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>

namespace qslice::sim {

/// The stream of that choice: posts sorted by time, with their threads; sped up, moved to its start
/// and, if from a file, cut to its number of posts.
/// @returns the stream, a function of choice, seed and file contents; otherwise an error that names
///          the file and line, or the scenario key
[[nodiscard]] result<message_stream> make_stream(const stream_choice& choice, std::uint64_t seed);

}  // namespace qslice::sim
