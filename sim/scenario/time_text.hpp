/// @file
/// Lengths of time as people write them: "30s", "5min", "1h 30min", "250us".
/// Scenarios and requirements are written with them.
#pragma once

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// What parse_time reads, for error messages.
inline constexpr std::string_view time_forms =
    "a time: a number of seconds, or a text such as \"250us\", \"30s\", \"5min\" or \"1h 30min\"";

/// Reads a length of time: numbers, each with its unit ns, us, ms, s, min, h or d; a number alone
/// is in seconds. A sign in front is the whole's.
/// @returns seconds; `malformed` with the text and what was expected
[[nodiscard]] result<double> parse_time(std::string_view text);

/// The shortest such text that parse_time reads back to exactly these seconds.
[[nodiscard]] std::string format_time(double seconds);

}  // namespace qslice::sim
