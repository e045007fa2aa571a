/// @file
/// Reads a plain list of keys, one a line: what a site would hash, such as Message-IDs, list names
/// or senders. balance and lab hash them without a trace.
#pragma once

#include "sim/record/message_stream.hpp"

#include <qslice/core/result.hpp>

#include <string>

namespace qslice::sim {

/// A message per line, whose Message-ID, list and sender are the line, a second apart: whichever of
/// them a policy hashes, it hashes the key. Empty lines are left out.
/// @param path  plain or compressed by gzip; "-": standard input
/// @returns the stream; `malformed` with "FILE:LINE" for a key with control characters, and for a
///          file without keys
[[nodiscard]] result<message_stream> read_keys(const std::string& path);

}  // namespace qslice::sim
