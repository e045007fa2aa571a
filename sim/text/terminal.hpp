/// @file
/// The capabilities of the terminal that the program writes to, and its styles. Anything else gets
/// plain text, the same bytes everywhere.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string_view>

namespace qslice::sim {

/// The option --colour.
enum class colour_choice { on_terminal, on, off };

/// Whether a stream is a terminal.
[[nodiscard]] bool is_terminal(std::FILE* stream);

/// Whether a stream gets colours: as chosen; on_terminal requires a terminal that is not "dumb" and
/// no NO_COLOR in the environment.
[[nodiscard]] bool wants_colour(std::FILE* stream, colour_choice choice);

/// Whether the locale of the environment (LC_ALL, LC_CTYPE or LANG) is UTF-8.
[[nodiscard]] bool locale_is_utf8();

/// The number of columns of a terminal; 80 without one.
[[nodiscard]] unsigned terminal_width(std::FILE* stream);

/// The number of columns in which prose is wrapped: those of the variable COLUMNS or of the
/// terminal that standard output is, at least 40 and at most 96; 96 without either.
[[nodiscard]] std::size_t prose_width();

/// Escape sequences for the program's few styles; empty without colour.
///
/// Colour never carries meaning alone: green text also says "holds".
/// @safety a plain value
struct text_style {
    bool colour = false;
    bool utf8 = true;  ///< block characters and "≤" may be used

    [[nodiscard]] std::string_view heading() const { return pick("\x1b[1m"); }
    [[nodiscard]] std::string_view good() const { return pick("\x1b[32m"); }
    [[nodiscard]] std::string_view bad() const { return pick("\x1b[1;31m"); }
    [[nodiscard]] std::string_view warning() const { return pick("\x1b[33m"); }
    [[nodiscard]] std::string_view accent() const { return pick("\x1b[36m"); }
    [[nodiscard]] std::string_view faint() const { return pick("\x1b[2m"); }
    [[nodiscard]] std::string_view end() const { return pick("\x1b[0m"); }

private:
    [[nodiscard]] std::string_view pick(std::string_view sequence) const {
        return colour ? sequence : std::string_view();
    }
};

/// The style for a stream.
[[nodiscard]] text_style style_for(std::FILE* stream, colour_choice choice);

}  // namespace qslice::sim
