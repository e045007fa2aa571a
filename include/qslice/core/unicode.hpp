/// @file
/// UTF-8 to code points and back, with Python's surrogateescape for bytes that are no UTF-8.
/// The codecs need it, since Python escapes code points, not bytes; so does the flattening of
/// messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace qslice::detail {

/// Whether Python's surrogateescape stands a byte of no encoding for this code point.
constexpr bool is_escaped_byte(char32_t point) noexcept {
    return point >= 0xdc80 && point <= 0xdcff;
}

inline bool is_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080u;
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t seen = 0;
    for (; left >= sizeof seen; left -= sizeof seen, at += sizeof seen) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        seen |= word;
    }
    for (; left > 0; --left, ++at) seen |= static_cast<unsigned char>(*at);
    return (seen & high_bits) == 0;
}

/// Takes the first code point off `text`. A byte that starts no valid sequence becomes
/// U+DC80..U+DCFF, so that every byte string survives the way there and back; a surrogate in
/// three bytes, as Python's surrogatepass writes it, is that surrogate.
/// @source PEP 383; RFC 3629
inline char32_t take_code_point(std::string_view& text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    std::size_t length = 1;
    char32_t point = lead;
    if (lead >= 0x80) {
        length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        bool valid = lead >= 0xc2 && lead <= 0xf4 && text.size() >= length;
        point = lead & (0xffu >> (length + 1));
        for (std::size_t i = 1; valid && i < length; ++i) {
            valid = (byte(i) & 0xc0u) == 0x80u;
            point = (point << 6) | (byte(i) & 0x3fu);
        }
        constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (!valid || point < least[length] || point > 0x10ffff) {
            length = 1;
            point = 0xdc00 + lead;
        }
    }
    text.remove_prefix(length);
    return point;
}

/// Appends a code point as UTF-8, a surrogate in three bytes.
inline void append_code_point(std::string& text, char32_t point) {
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | (point >> 6));
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | (point >> 12));
        put(0x80 | ((point >> 6) & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | (point >> 18));
        put(0x80 | ((point >> 12) & 0x3f));
        put(0x80 | ((point >> 6) & 0x3f));
        put(0x80 | (point & 0x3f));
    }
}

/// The bytes that a text stands for: escaped bytes as they were, all else as UTF-8.
/// @complexity linear; what has no escaped bytes is searched for one byte and copied
inline std::string unescape_bytes(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    // Each escaped byte is ED B2..B3 80..BF; ED is no other sequence's second or later byte.
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t copied = 0;
    for (std::size_t at = text.find('\xed'); at != std::string_view::npos && at + 2 < text.size();
         at = text.find('\xed', at + 1)) {
        if ((byte(at + 1) & 0xfeu) != 0xb2u || (byte(at + 2) & 0xc0u) != 0x80u) continue;
        bytes.append(text, copied, at - copied);
        bytes += static_cast<char>(((byte(at + 1) & 3u) << 6) | (byte(at + 2) & 0x3fu));
        copied = at + 3;
    }
    return bytes.append(text, copied);
}

/// A text with each of its bytes beyond ASCII escaped, as Python reads mail.
inline std::string escape_bytes(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 3);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        append_code_point(text, byte < 0x80 ? byte : char32_t{0xdc00} + byte);
    }
    return text;
}

/// A Python 3 string, in UTF-8 with surrogates in three bytes, as values hold it: an escaped
/// byte stands as that byte wherever it reads back as the same text. So "caf\udce9" is "caf\xe9",
/// but "\udcc3\udca9", whose bytes would read as one letter, stays as it is.
inline std::string to_value_text(std::string text) {
    const auto has_surrogates = [](std::string_view rest) {
        std::size_t at = rest.find('\xed');
        for (; at != std::string_view::npos && at + 1 < rest.size();
             at = rest.find('\xed', at + 1)) {
            const auto next = static_cast<unsigned char>(rest[at + 1]);
            if (next == 0xb2 || next == 0xb3) return true;
        }
        return false;
    };
    if (!has_surrogates(text)) return text;
    std::string bytes = unescape_bytes(text);
    std::string_view again = bytes;
    std::string_view rest = text;
    while (!rest.empty() && !again.empty()) {
        if (take_code_point(rest) != take_code_point(again)) return text;
    }
    return rest.empty() && again.empty() ? bytes : text;
}

}  // namespace qslice::detail
