/// @file
/// Eight characters at a time as one machine word: decimal and hex digits checked and parsed by
/// whole-word arithmetic. The parsers of time stamps and hashes use it; it needs no special
/// instructions, so it is the same on every processor.
#pragma once

#include <concepts>
#include <cstdint>

namespace qslice::detail {

inline constexpr std::uint64_t every_byte = 0x0101'0101'0101'0101;

/// Eight characters, the first in the highest byte.
constexpr std::uint64_t load_word(const char* text) noexcept {
    // Written out so that compilers load and swap the whole word at once.
    const auto at = [&](int i) { return std::uint64_t{static_cast<unsigned char>(text[i])}; };
    return at(0) << 56 | at(1) << 48 | at(2) << 40 | at(3) << 32 | at(4) << 24 | at(5) << 16 |
           at(6) << 8 | at(7);
}

/// The highest bit of each byte that is at least `least`; all bytes must be below 0x80.
constexpr std::uint64_t bytes_at_least(std::uint64_t word, std::uint64_t least) noexcept {
    return (word + every_byte * (0x80 - least)) & (every_byte * 0x80);
}

constexpr bool all_decimal(std::uint64_t word) noexcept {
    const std::uint64_t above = (word + every_byte * 6) & (every_byte * 0xf0);
    return (word & (every_byte * 0xf0)) == every_byte * 0x30 && above == every_byte * 0x30;
}

/// The number whose eight decimal digits these are.
constexpr std::uint64_t decimal_value(std::uint64_t word) noexcept {
    const std::uint64_t ones = word & (every_byte * 0x0f);
    const std::uint64_t tens =
        (ones & 0x00ff'00ff'00ff'00ff) + ((ones >> 8) & 0x00ff'00ff'00ff'00ff) * 10;
    const std::uint64_t hundreds =
        (tens & 0x0000'ffff'0000'ffff) + ((tens >> 16) & 0x0000'ffff'0000'ffff) * 100;
    return (hundreds & 0xffff'ffff) + (hundreds >> 32) * 10000;
}

/// Whether all characters of these words are hex digits of either case. The checks do not depend on
/// one another, so that the processor can do them in parallel.
template <std::same_as<std::uint64_t>... Words>
constexpr bool all_hex(Words... words) noexcept {
    const auto hex_bytes = [](std::uint64_t word) {
        const std::uint64_t folded = word | every_byte * 0x20;
        return (bytes_at_least(word, '0') & ~bytes_at_least(word, '9' + 1)) |
               (bytes_at_least(folded, 'a') & ~bytes_at_least(folded, 'f' + 1));
    };
    // The sums above carry from a byte of 0x80 or more into the next; such a byte is no digit.
    const std::uint64_t not_ascii = (words | ...) & (every_byte * 0x80);
    return ((hex_bytes(words) & ...) & ~not_ascii) == every_byte * 0x80;
}

/// The number whose eight hex digits these are.
constexpr std::uint64_t hex_value(std::uint64_t word) noexcept {
    const std::uint64_t letters = (word >> 6) & every_byte;
    std::uint64_t v = (word & (every_byte * 0x0f)) + letters * 9;
    v = (v | v >> 4) & 0x00ff'00ff'00ff'00ff;
    v = (v | v >> 8) & 0x0000'ffff'0000'ffff;
    return (v | v >> 16) & 0xffff'ffff;
}

/// Up to sixteen hex digits as a number.
/// @returns false if a character is not a hex digit
constexpr bool parse_hex(const char* text, int count, std::uint64_t& value) noexcept {
    std::uint64_t v = 0;
    for (int i = 0; i < count; ++i) {
        const std::uint64_t padded = every_byte * '0' ^ '0' ^ static_cast<unsigned char>(text[i]);
        if (!all_hex(padded)) return false;
        v = v << 4 | hex_value(padded);
    }
    value = v;
    return true;
}

static_assert(all_decimal(load_word("01234567")) && !all_decimal(load_word("0123456/")) &&
              !all_decimal(load_word("0123456:")));
static_assert(decimal_value(load_word("01234567")) == 1234567);
static_assert(all_hex(load_word("09afAF5b")) && !all_hex(load_word("09afAFg0")) &&
              !all_hex(load_word("09afAF\x19z")));
static_assert(hex_value(load_word("09afAF5b")) == 0x09afaf5b);

}  // namespace qslice::detail
