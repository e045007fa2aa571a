/// @file
/// RFC 2047's two encodings of a word as Python's email package writes them.
/// Both Pythons' folding of header fields stands on it.
#pragma once

#include <qslice/message/message_object.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace qslice::detail {

/// What "=?", "?q?" and "?=" add to a word and its charset.
inline constexpr std::size_t word_chrome = 7;

/// Whether a byte stands for itself in a quoted word; a blank becomes '_'.
constexpr bool is_plain_in_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '!' || c == '*' || c == '+' || c == '/' || c == ' ';
}

constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

constexpr std::size_t quoted_size(std::string_view bytes) noexcept {
    std::size_t size = 0;
    for (const char c : bytes) size += is_plain_in_word(c) ? 1 : 3;
    return size;
}

inline std::string to_base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(base64_size(bytes.size()));
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const unsigned byte =
                i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
            group = (group << 8) | byte;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            text += i + k <= bytes.size() ? digits[(group >> (18 - 6 * k)) & 0x3f] : '=';
        }
    }
    return text;
}

inline std::string to_quoted(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : bytes) {
        if (c == ' ') {
            text += '_';
        } else if (is_plain_in_word(c)) {
            text += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            text += '=';
            text += digits[byte >> 4];
            text += digits[byte & 0xf];
        }
    }
    return text;
}

/// The encoding that a charset asks for some bytes: quoted or base64, or none.
constexpr header_encoding encoding_for(header_encoding wanted, std::string_view bytes) noexcept {
    if (wanted != header_encoding::shortest) return wanted;
    return base64_size(bytes.size()) < quoted_size(bytes) ? header_encoding::base64
                                                          : header_encoding::quoted;
}

/// "=?CHARSET?q?...?="; empty for no bytes.
inline std::string encoded_word(std::string_view bytes, std::string_view charset,
                                header_encoding encoding) {
    if (bytes.empty()) return {};
    const bool base64 = encoding == header_encoding::base64;
    std::string word = "=?";
    word.append(charset).append(base64 ? "?b?" : "?q?");
    word += base64 ? to_base64(bytes) : to_quoted(bytes);
    return word += "?=";
}

/// What Python refuses to write: a line of the value that begins a header field.
/// @source CPython, _embedded_header of Lib/email/header.py
inline bool embeds_header(std::string_view value) noexcept {
    for (std::size_t at = value.find('\n'); at != std::string_view::npos;
         at = value.find('\n', at + 1)) {
        std::size_t end = at + 1;
        while (end < value.size() && value[end] != ' ' && value[end] != '\t') ++end;
        // The name may hold anything but blanks, and has at least one character before a colon.
        const std::size_t colon = value.substr(0, end).rfind(':');
        if (colon != std::string_view::npos && colon > at + 1) return true;
    }
    return false;
}

}  // namespace qslice::detail
