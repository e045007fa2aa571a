/// @file
/// A reader of fixed forms of text from left to right. The parsers of logs' entries and stamps are
/// made of it.
#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace qslice::sim::diagnosis {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// starts_with() for a text that mostly differs in its first character.
/// @param with  not empty
constexpr bool begins_with(std::string_view text, std::string_view with) noexcept {
    return text.size() >= with.size() && text.front() == with.front() && text.starts_with(with);
}

/// Parses a text from left to right. A step that fails consumes nothing.
struct scanner {
    std::string_view rest;

    /// @param expected  not empty
    bool literal(std::string_view expected) noexcept {
        if (!begins_with(rest, expected)) return false;
        rest.remove_prefix(expected.size());
        return true;
    }

    template <class Number>
    bool number(Number& value) noexcept {
        const char* const end = rest.data() + rest.size();
        const auto [stopped, problem] = std::from_chars(rest.data(), end, value);
        if (problem != std::errc{}) return false;
        rest.remove_prefix(static_cast<std::size_t>(stopped - rest.data()));
        return true;
    }

    /// Exactly two digits, or a space and one digit.
    bool two_digits(unsigned& value) noexcept {
        if (rest.size() < 2) return false;
        const bool padded = rest[0] == ' ';
        if ((!padded && !is_digit(rest[0])) || !is_digit(rest[1])) return false;
        value = static_cast<unsigned>((padded ? 0 : rest[0] - '0') * 10 + (rest[1] - '0'));
        rest.remove_prefix(2);
        return true;
    }

    /// Skips digits.
    /// @returns how many
    std::size_t digits() noexcept {
        std::size_t count = 0;
        while (count < rest.size() && is_digit(rest[count])) ++count;
        rest.remove_prefix(count);
        return count;
    }

    /// Returns the text before `mark` and skips the mark.
    bool until(std::string_view mark, std::string_view& found) noexcept {
        const std::size_t at = rest.find(mark);
        if (at == std::string_view::npos) return false;
        found = rest.substr(0, at);
        rest.remove_prefix(at + mark.size());
        return true;
    }
};

}  // namespace qslice::sim::diagnosis
