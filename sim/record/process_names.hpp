/// @file
/// The names of simulated processes that are not runners, in faults and records. A runner's is
/// CLASS:SLICE:SLICES.
#pragma once

#include <array>
#include <string_view>

namespace qslice::sim {

inline constexpr std::string_view post_process = "post";       ///< puts posts into in/
inline constexpr std::string_view digest_process = "digests";  ///< the daily job

inline constexpr std::array other_processes{post_process, digest_process};

}  // namespace qslice::sim
