/// @file
/// Python's repr() of a float that is a present-day time, with integer arithmetic.
/// timestamp.hpp uses it for times between 1987 and 2106, which are nearly all that it gets.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

namespace qslice::detail {

inline constexpr double epoch_repr_from = 536870912;    // 2^29 s: the year 1987
inline constexpr double epoch_repr_below = 4294967296;  // 2^32 s: the year 2106

/// floor(value * digits / 2^bits + 1/2), a tie to the even number.
constexpr std::uint64_t round_scaled(std::uint64_t value, std::uint64_t digits, int bits) noexcept {
    const std::uint64_t scaled = value * digits;
    const std::uint64_t half = std::uint64_t{1} << (bits - 1);
    const std::uint64_t odd = (scaled >> bits) & 1;
    return (scaled + half - 1 + odd) >> bits;
}

/// Writes the shortest decimal that reads back to `value`, with at least one fractional digit.
///
/// Such a double is a whole number of steps of 2^-23 to 2^-21 s, between 0.1 and 0.5 microseconds.
/// Two decimals with six fractional digits are further apart than one step, so at most one of them
/// reads back to the double, and if one does it is the shortest once its trailing zeros are
/// removed. Otherwise seven digits are needed, which are finer than a step; repr's is the nearest
/// one.
/// @param value  at least epoch_repr_from and below epoch_repr_below
/// @param out    room for 20 characters
/// @returns the end of the text
inline char* write_epoch_repr(double value, char* out) noexcept {
    constexpr int significand_bits = 52;
    constexpr std::uint64_t implicit_bit = std::uint64_t{1} << significand_bits;
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const int fraction_bits = significand_bits + 1023 - static_cast<int>(bits >> significand_bits);
    const std::uint64_t steps = (bits & (implicit_bit - 1)) | implicit_bit;
    const std::uint64_t fraction = steps & ((std::uint64_t{1} << fraction_bits) - 1);

    char* end = std::to_chars(out, out + 10, steps >> fraction_bits).ptr;
    const auto write_fraction = [&](std::uint64_t digits, std::uint64_t power_of_ten) {
        char* const point = end;  // the power's leading 1, which keeps the zeros after it
        end = std::to_chars(point, point + 10, power_of_ten + digits).ptr;
        *point = '.';
    };

    constexpr std::uint64_t micro = 1'000'000;
    if (fraction == 0) return std::copy_n(".0", 2, end);
    const std::uint64_t rounded = round_scaled(fraction, micro, fraction_bits);
    const auto error = static_cast<std::int64_t>(fraction * micro - (rounded << fraction_bits));
    if (2 * (error < 0 ? -error : error) < static_cast<std::int64_t>(micro)) {
        write_fraction(rounded, micro);
        while (end[-1] == '0' && end[-2] != '.') --end;
    } else {
        write_fraction(round_scaled(fraction, 10 * micro, fraction_bits), 10 * micro);
    }
    return end;
}

}  // namespace qslice::detail
