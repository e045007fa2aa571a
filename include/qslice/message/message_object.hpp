/// @file
/// A message as Python's email package holds it: header fields, a payload or parts, and what
/// stands before and after them. The codec reads it from an entry; flatten.hpp writes its text.
#pragma once

#include <qslice/message/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qslice {

/// How a charset is encoded in a header field.
/// @source CPython Lib/email/charset.py
enum class header_encoding : std::uint8_t {
    none,      ///< as it is
    quoted,    ///< RFC 2047, "Q"
    base64,    ///< RFC 2047, "B"
    shortest,  ///< the shorter of the two
};

/// What Python's email.charset.Charset says of a charset. Names are in lower case; an empty
/// codec is none.
struct mail_charset {
    std::string input_charset = "us-ascii";
    std::string output_charset = "us-ascii";
    std::string input_codec;
    std::string output_codec;
    header_encoding encoding = header_encoding::none;

    [[nodiscard]] bool is_ascii() const noexcept { return input_charset == "us-ascii"; }
    static mail_charset utf8() {
        return {"utf-8", "utf-8", "utf-8", "utf-8", header_encoding::shortest};
    }

    /// As Python compares them.
    friend bool operator==(const mail_charset& a, const mail_charset& b) {
        return a.input_charset == b.input_charset;
    }
};

/// A text in one charset, a piece of a header field.
struct header_chunk {
    std::string text;  ///< Python 2: bytes in the input charset; Python 3: UTF-8
    mail_charset charset;
};

/// A header field's value of several charsets, Python's email.header.Header: it is written in
/// encoded words and folded.
struct encoded_header {
    std::vector<header_chunk> chunks;
    std::string continuation = " ";  ///< what a folded line begins with
    int first_line = 76;             ///< Python 2: the longest first line
    int later_lines = 75;            ///< Python 2: the longest of all others
    int name_size = 0;               ///< Python 3: what the field's name takes of the first line
};

/// One header field of a message object.
struct object_header {
    std::string name;
    std::variant<std::string, encoded_header> value;
};

/// A message or one of its parts. Strings are as values hold them: for Python 2 bytes, for
/// Python 3 UTF-8 with each byte of unknown encoding escaped (core/unicode.hpp).
/// @safety a plain value
/// @source CPython Lib/email/message.py
struct message_object {
    std::string class_name;  ///< "Mailman.Message.Message"
    std::vector<object_header> headers;
    /// Nothing, a text, or parts.
    std::variant<std::monostate, std::string, std::vector<message_object>> payload;
    std::optional<std::string>
        unix_from;  ///< the line "From sender date", or the sender alone; not in the text
    std::optional<std::string> preamble;  ///< what stands before the first part
    std::optional<std::string> epilogue;  ///< what stands behind the last one
    std::string default_type = "text/plain";

    /// The first field of that name (in any case), or null.
    [[nodiscard]] const object_header* find(std::string_view name) const noexcept {
        for (const object_header& field : headers) {
            if (detail::equal_ignoring_case(field.name, name)) return &field;
        }
        return nullptr;
    }
};

}  // namespace qslice
