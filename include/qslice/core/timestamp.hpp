/// @file
/// A moment in seconds since the epoch, written exactly as Python's repr() writes a float.
/// Entry names, the world's clock and the metadata use it.
#pragma once

#include <qslice/core/detail/epoch_parse.hpp>
#include <qslice/core/detail/epoch_repr.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/core/result.hpp>

#include <charconv>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace qslice {

/// Seconds since the epoch as an IEEE double, with the resolution of Mailman's names.
///
/// Near the year 2026 two neighbouring values are 0.24 microseconds apart.
/// @safety a plain value
struct timestamp {
    double seconds = 0;

    friend constexpr auto operator<=>(const timestamp&, const timestamp&) = default;
};

namespace detail {

/// Room for the longest repr of a double: sign, 17 digits, point, "e-308".
inline constexpr std::size_t repr_size = 32;

/// Writes Python's repr(value) to `out`.
/// @returns the end of the text
/// @source CPython float.__repr__: shortest digits that read back to the same double, fixed
///         notation for decimal exponents from -4 to 15, otherwise an exponent of at least two
///         digits
inline char* write_repr(double value, char* out) noexcept {
    if (value >= epoch_repr_from && value < epoch_repr_below) [[likely]] {
        return write_epoch_repr(value, out);
    }
    if (is_nan(value)) return std::char_traits<char>::copy(out, "nan", 3) + 3;
    if (is_negative(value)) {
        *out++ = '-';
        value = -value;
    }
    if (is_infinite(value)) return std::char_traits<char>::copy(out, "inf", 3) + 3;

    if (value == 0 || (value >= 1e-4 && value < 1e16)) {
        char* end = std::to_chars(out, out + repr_size, value, std::chars_format::fixed).ptr;
        if (std::string_view(out, static_cast<std::size_t>(end - out)).find('.') ==
            std::string_view::npos) {
            *end++ = '.';
            *end++ = '0';
        }
        return end;
    }
    return std::to_chars(out, out + repr_size, value, std::chars_format::scientific).ptr;
}

}  // namespace detail

/// The moment as Python's repr() of the float: "1400972196.0", "5e-05", "1e+16".
inline std::string to_repr(timestamp t) {
    char buffer[detail::repr_size];
    return {buffer, detail::write_repr(t.seconds, buffer)};
}

/// Parses all of `text` as a decimal number, with or without fraction and exponent.
/// @returns false for anything else, including "nan", "inf" and numbers that overflow a double
inline bool try_parse_timestamp(std::string_view text, timestamp& t) noexcept {
    if (detail::try_parse_epoch(text, t.seconds)) [[likely]] {
        return true;
    }
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end || !detail::is_finite(value)) return false;
    t.seconds = value;
    return true;
}

/// The same with an error that says what was expected.
/// @returns the moment; `malformed` when `text` is not one finite decimal number
inline result<timestamp> parse_timestamp(std::string_view text) {
    timestamp t;
    if (!try_parse_timestamp(text, t)) {
        return failure(error_code::malformed, std::string(text),
                       "expected seconds since the epoch as a finite decimal number");
    }
    return t;
}

}  // namespace qslice
