/// @file
/// How a fault's `process` selects simulated processes. One rule for all faults, at a time or at a
/// storage call.
#pragma once

#include <cstddef>
#include <string_view>

namespace qslice::sim {

/// Whether `wanted` selects a process.
///
/// A runner's process is named CLASS:SLICE:SLICES; others have plain names: "post", "digests".
/// @param wanted   a process's full name, or the class of a runner; empty: any runner
/// @param process  the name of a process
constexpr bool selects_process(std::string_view wanted, std::string_view process) noexcept {
    const std::size_t colon = process.find(':');
    if (wanted.empty()) return colon != std::string_view::npos;
    return process == wanted || process.substr(0, colon) == wanted;
}

}  // namespace qslice::sim
