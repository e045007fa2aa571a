/// @file
/// Reads a whole number that is all of a text.
/// The names of partitions, leases and deployment files have such numbers.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace qslice::detail {

/// @returns nothing if the text is anything else, or the number does not fit
template <std::unsigned_integral Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace qslice::detail
