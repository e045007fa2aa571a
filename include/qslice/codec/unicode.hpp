/// @file
/// UTF-8 to code points and back, with Python's surrogateescape for bytes that are no UTF-8.
/// The pickle reader and writer need it, since Python escapes code points, not bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::detail {

/// Takes the first code point off `text`. A byte that starts no valid sequence becomes
/// U+DC80..U+DCFF, so that every byte string survives the way there and back.
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
        const bool surrogate = point >= 0xd800 && point < 0xe000;
        if (!valid || point < least[length] || point > 0x10ffff || surrogate) {
            length = 1;
            point = 0xdc00 + lead;
        }
    }
    text.remove_prefix(length);
    return point;
}

/// Appends a code point as UTF-8; an escaped byte (U+DC80..U+DCFF) as that byte.
inline void append_code_point(std::string& text, char32_t point) {
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point >= 0xdc80 && point <= 0xdcff) {
        put(point - 0xdc00);
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

}  // namespace qslice::detail
