/// @file
/// Numbers, times and paths as people read them in reports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::sim {

/// "1 entry", "12,345 entries"
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// "12,345"
std::string grouped(std::uint64_t count);

/// With a large first letter, if it is one of ASCII's.
std::string capitalized(std::string text);

/// "0.4 s", "45 s", "3 min", "2 h 05 min", "3 d 4 h"; with a leading '-' for times in the future.
std::string age_text(double seconds);

/// "512 B", "7.3 KiB", "1.2 MiB"
std::string size_text(double bytes);

/// "2014-05-24 15:23:34", the date and time of seconds since the epoch, without a time zone.
std::string date_text(double seconds);

/// "33.3%"
std::string share_text(double share);

/// "1/3": a slice as Mailman's logs count it, from 1.
std::string slice_text(std::uint64_t slice, std::uint64_t slices);

/// A word of a shell command, in single quotes if necessary.
std::string shell_word(std::string_view text);

/// A name from a file system or log, with control characters and invalid UTF-8 written as \xNN, so
/// that it cannot control a terminal or break JSON.
std::string printable(std::string_view text);

}  // namespace qslice::sim
