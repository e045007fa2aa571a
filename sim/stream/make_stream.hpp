/// @file
/// Makes the stream of posts that a scenario asks for: synthetic, from a trace, or from an mbox.
/// The one entry to this folder for those who play a scenario.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>

namespace qslice::sim {

/// The stream of that choice: its posts by time, with their threads; sped up, moved to its start
/// and, from a file, cut to its number of posts.
/// @returns the stream, a function of choice, seed and the file's content; else an error that
///          names the file and line, or the key in the scenario
[[nodiscard]] result<message_stream> make_stream(const stream_choice& choice, std::uint64_t seed);

}  // namespace qslice::sim
