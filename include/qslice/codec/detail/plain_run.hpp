/// @file
/// Copies what needs no escape in a Python string literal, sixteen bytes at a time where the
/// processor can (SSE2, which every x86-64 has), else eight.
/// Part of the pickle writer, whose time is the copying of messages.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace qslice::detail {

/// Whether a byte stands for itself between quotes in Python 2's repr of a str.
constexpr bool is_plain(char byte, char quote) noexcept {
    const auto c = static_cast<unsigned char>(byte);
    return c >= 0x20 && c < 0x7f && byte != quote && byte != '\\';
}

#if defined(__SSE2__)

inline constexpr std::size_t plain_step = 16;

/// Copies plain_step bytes.
/// @returns how many of them come before the first that is not plain
inline std::size_t copy_step(const char* text, char* out, char quote) noexcept {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
    const auto equal = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    // The comparison is one of signed bytes, so that 0x80 and above are less as well.
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), equal(0x7f)),
                     _mm_or_si128(equal(quote), equal('\\')));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    return mask == 0 ? plain_step : static_cast<std::size_t>(std::countr_zero(mask));
}

#else

inline constexpr std::size_t plain_step = 8;

inline std::size_t copy_step(const char* text, char* out, char quote) noexcept {
    constexpr auto repeated = [](unsigned char byte) { return 0x0101'0101'0101'0101u * byte; };
    constexpr std::uint64_t high_bits = repeated(0x80);
    // The lowest bit set in the result is that of the lowest byte below the limit.
    const auto below = [&](std::uint64_t word, unsigned char limit) {
        return (word - repeated(limit)) & ~word & high_bits;
    };
    std::uint64_t word = 0;
    std::memcpy(&word, text, plain_step);
    std::memcpy(out, text, plain_step);
    std::uint64_t special = (word & high_bits) | below(word, 0x20);
    for (const char c : {quote, '\\', '\x7f'}) {
        special |= below(word ^ repeated(static_cast<unsigned char>(c)), 1);
    }
    if (special == 0) return plain_step;
    if constexpr (std::endian::native == std::endian::little) {
        return static_cast<std::size_t>(std::countr_zero(special)) / 8;
    }
    std::size_t at = 0;
    while (is_plain(text[at], quote)) ++at;
    return at;
}

#endif

/// Copies the longest beginning of `text` whose bytes are all plain.
/// @param out  room for text.size() bytes; those behind the beginning may be written as well
/// @returns its length
inline std::size_t copy_plain_run(std::string_view text, char quote, char* out) noexcept {
    std::size_t at = 0;
    for (; at + plain_step <= text.size(); at += plain_step) {
        const std::size_t plain = copy_step(text.data() + at, out + at, quote);
        if (plain < plain_step) return at + plain;
    }
    for (; at < text.size() && is_plain(text[at], quote); ++at) out[at] = text[at];
    return at;
}

}  // namespace qslice::detail
