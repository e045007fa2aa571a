/// @file
/// Header fields in words: RFC 2047's encoded words decoded, for people and for comparisons.
/// The bytes of a message are not made from it; flatten.hpp makes those.
#pragma once

#include <qslice/message/detail/charset_codec.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/message/message_object.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

inline std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes;
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        std::uint32_t digit = 0;
        if (c >= 'A' && c <= 'Z') {
            digit = static_cast<std::uint32_t>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            digit = static_cast<std::uint32_t>(c - 'a') + 26;
        } else if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint32_t>(c - '0') + 52;
        } else if (c == '+' || c == '/') {
            digit = c == '+' ? 62 : 63;
        } else if (c == '=') {
            break;
        } else {
            return std::nullopt;
        }
        group = (group << 6) | digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((group >> bits) & 0xff);
        }
    }
    return bytes;
}

inline std::string from_quoted_word(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::uint64_t code = 0;
        const auto is_hex = [](char c) {
            return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
        };
        if (text[i] == '=' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            for (const char c : {text[i + 1], text[i + 2]}) {
                const char lower = to_lower(c);
                code =
                    code * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : lower - 'a' + 10);
            }
            bytes += static_cast<char>(code);
            i += 2;
        } else {
            bytes += text[i] == '_' ? ' ' : text[i];
        }
    }
    return bytes;
}

/// The text of one encoded word at the start of `text`, which is taken off.
inline std::optional<std::string> take_encoded_word(std::string_view& text) {
    if (!text.starts_with("=?")) return std::nullopt;
    const std::size_t charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?') {
        return std::nullopt;
    }
    const std::size_t begin = charset_end + 3;
    const std::size_t end = text.find("?=", begin);
    if (end == std::string_view::npos) return std::nullopt;
    const auto content = text.substr(begin, end - begin);
    if (content.find_first_of(" \t\n?") != std::string_view::npos) return std::nullopt;
    std::string_view charset = text.substr(2, charset_end - 2);
    charset = charset.substr(0, charset.find('*'));
    const char encoding = to_lower(text[charset_end + 1]);
    std::optional<std::string> bytes;
    if (encoding == 'q') bytes = from_quoted_word(content);
    if (encoding == 'b') bytes = from_base64(content);
    const charset_codec codec(charset);
    if (!bytes || !codec.is_known()) return std::nullopt;
    text.remove_prefix(end + 2);
    return to_utf8(codec.decode(*bytes));
}

}  // namespace detail

/// A header field's value unfolded, with its encoded words decoded: UTF-8 where the value says
/// of what charset it is; other bytes stay as they are.
/// @source RFC 2047, 6.2: blanks between two encoded words do not count
inline std::string words_of(std::string_view value) {
    const std::string line = unfold(value);
    std::string_view rest = line;
    std::string words;
    std::size_t blanks = 0;  // behind an encoded word, kept where no other follows
    while (!rest.empty()) {
        const std::string_view before = rest;
        if (auto word = detail::take_encoded_word(rest)) {
            words.resize(words.size() - blanks);
            words += *word;
            const std::size_t end = std::min(rest.find_first_not_of(" \t"), rest.size());
            words += rest.substr(0, end);
            rest.remove_prefix(end);
            blanks = end;
        } else {
            words += before.front();
            rest.remove_prefix(1);
            blanks = 0;
        }
    }
    return words;
}

/// A header of several charsets, as Python's str() or unicode() would give it: UTF-8.
/// @param holds_bytes  whether its chunks are bytes in their input charsets (Python 2)
inline std::string words_of(const encoded_header& header, bool holds_bytes) {
    std::string words;
    const mail_charset* last = nullptr;
    for (const header_chunk& chunk : header.chunks) {
        std::string text = chunk.text;
        const auto& codec_name = chunk.charset.input_codec.empty() ? chunk.charset.input_charset
                                                                   : chunk.charset.input_codec;
        if (holds_bytes && !detail::is_ascii(text)) {
            const detail::charset_codec codec(codec_name);
            if (codec.is_known()) text = detail::to_utf8(codec.decode(text));
        }
        const bool divided = words.ends_with(' ') || text.starts_with(' ');
        const bool both_encoded = last != nullptr && !last->is_ascii() && !chunk.charset.is_ascii();
        if (last != nullptr && !divided && !both_encoded) words += ' ';
        words += text;
        last = &chunk.charset;
    }
    return unfold(words);
}

}  // namespace qslice
