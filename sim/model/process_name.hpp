/// @file
/// How a fault's `process` selects simulated processes. One rule for all faults, at a time or at a
/// storage call.
#pragma once

#include <string_view>

namespace qslice::sim {

/// The class of a process that is named CLASS:SLICE:SLICES as a runner's is.
/// @returns a view into the name: the whole of a plain one, such as "post" or "digests"
constexpr std::string_view class_of_process(std::string_view process) noexcept {
    return process.substr(0, process.find(':'));
}

/// Whether `wanted` selects a process.
/// @param wanted   a process's full name, or the class of a runner; empty: any runner
/// @param process  the name of a process
constexpr bool selects_process(std::string_view wanted, std::string_view process) noexcept {
    if (wanted.empty()) return class_of_process(process) != process;
    return process == wanted || class_of_process(process) == wanted;
}

}  // namespace qslice::sim
