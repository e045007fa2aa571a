/// @file
/// Finds the format of a log's entry in the table of log_formats.hpp, with the message, list and
/// entry that it names. log_line.hpp builds on it.
#pragma once

#include "sim/site/log_formats.hpp"

#include <optional>
#include <string_view>

namespace qslice::sim::diagnosis {

/// An entry's format and its parts; a part that the format lacks is empty.
struct format_match {
    const log_format* format = nullptr;
    std::string_view message_id{};
    std::string_view base{};
    std::string_view list{};
    std::string_view path{};
    std::string_view why{};
};

/// @param text  an entry without its stamp; lines are separated by '\n'
/// @returns the best match of the whole text; nothing if Mailman writes no such entry
/// @complexity the formats that begin with the same character, times the length of the text; of
/// those
///             that begin with a part only the few of which the text has four characters
/// @safety any thread; the parts refer to `text`
std::optional<format_match> match_log_format(std::string_view text);

}  // namespace qslice::sim::diagnosis
