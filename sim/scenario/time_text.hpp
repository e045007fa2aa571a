/// @file
/// Durations as people write them: "30s", "5min", "1h 30min", "250us". Scenarios and requirements
/// are written with them.
#pragma once

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// What parse_time reads, for error messages.
inline constexpr std::string_view time_forms =
    "a time: a number of seconds, or a string such as \"250us\", \"30s\", \"5min\" or \"1h 30min\"";

/// Parses a duration: numbers with units ns, us, ms, s, min, h or d; a number without unit is in
/// seconds. A leading sign applies to the whole.
/// @returns seconds; `malformed` with the string and what was expected
[[nodiscard]] result<double> parse_time(std::string_view text);

/// The shortest string that parse_time parses to exactly these seconds.
[[nodiscard]] std::string format_time(double seconds);

}  // namespace qslice::sim
