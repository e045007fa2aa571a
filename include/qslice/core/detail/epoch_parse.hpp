/// @file
/// Parses a present-day time, "1400972196.789012", with integer arithmetic.
/// timestamp.hpp uses it for texts of this form, which are nearly all that it gets.
#pragma once

#include <qslice/core/detail/digit_words.hpp>
#include <qslice/core/detail/epoch_repr.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qslice::detail {

/// Parses ten digits, a point and one to eight digits.
///
/// The double nearest to I + F / 10^8 is I + round(F 2^s / 10^8) / 2^s, where s is the number of
/// fractional bits that its significand has left; all of it fits into 64 bits. There is no tie:
/// half a step is an odd multiple of 2^-(s+1), and no multiple of 10^-8 is one for s >= 8.
/// @returns false, and leaves `value` alone, for any other text and outside of 1987 to 2106
inline bool try_parse_epoch(std::string_view text, double& value) noexcept {
    constexpr std::size_t whole_digits = 10;
    constexpr std::size_t most_fraction = 8;
    if (text.size() < whole_digits + 2 || text.size() > whole_digits + 1 + most_fraction ||
        text[whole_digits] != '.') {
        return false;
    }
    // The last eight characters; those before the fraction are shifted out and zeros shifted in.
    const std::size_t missing = most_fraction - (text.size() - whole_digits - 1);
    const std::uint64_t zeros = every_byte * '0';
    std::uint64_t fraction = load_word(text.data() + text.size() - most_fraction);
    if (missing != 0) {
        fraction = fraction << (8 * missing) | (zeros >> (8 * (most_fraction - missing)));
    }
    const std::uint64_t leading = load_word(text.data());
    const auto ninth = static_cast<unsigned>(text[8] - '0');
    const auto tenth = static_cast<unsigned>(text[9] - '0');
    if (!all_decimal(leading) || ninth > 9 || tenth > 9 || !all_decimal(fraction)) return false;

    const std::uint64_t whole = decimal_value(leading) * 100 + ninth * 10 + tenth;
    if (whole < static_cast<std::uint64_t>(epoch_repr_from) ||
        whole >= static_cast<std::uint64_t>(epoch_repr_below)) {
        return false;
    }
    constexpr std::uint64_t scale = 100'000'000;
    const int fraction_bits = 53 - static_cast<int>(std::bit_width(whole));
    const std::uint64_t steps = ((decimal_value(fraction) << fraction_bits) + scale / 2) / scale;
    // A significand of 53 bits, the first of which raises the exponent by one; a fraction that is
    // rounded up to the next whole second raises it once more, as it should.
    const auto exponent = static_cast<std::uint64_t>(1023 + 51 - fraction_bits);
    value = std::bit_cast<double>((exponent << 52) + (whole << fraction_bits) + steps);
    return true;
}

}  // namespace qslice::detail
