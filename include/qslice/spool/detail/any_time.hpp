/// @file
/// The times of entry names that are no moment, which Python's float() reads.
/// Part of the switchboard.
#pragma once

#include <qslice/core/timestamp.hpp>

#include <limits>
#include <string_view>

namespace qslice::detail {

/// Python parses "nan" as a float, after which the order of its sort means nothing. Here it comes
/// first.
/// @returns false for a text that Python does not parse either
inline bool read_any_time(std::string_view text, timestamp& t) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "nan" || text == "-inf") {
        t.seconds = -infinity;
    } else if (text == "inf") {
        t.seconds = infinity;
    } else {
        return try_parse_timestamp(text, t);
    }
    return true;
}

}  // namespace qslice::detail
