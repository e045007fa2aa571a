/// @file
/// Writes a message object as text, byte for byte as the generators of Python's email package
/// and of Mailman do. The entry formats use it for messages that are queued as objects.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/detail/content_parameters.hpp>
#include <qslice/message/detail/python2_fold.hpp>
#include <qslice/message/detail/python3_fold.hpp>
#include <qslice/message/header_words.hpp>
#include <qslice/message/message_object.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qslice {

/// Whose generator is followed, and how.
struct flatten_options {
    bool python3 = false;
    int longest_header = 78;      ///< the longest line of the message's header fields; 0: no limit
    int longest_part_header = 0;  ///< the same for its parts' fields
    bool mangles_from = false;    ///< a '>' before each line of a body that begins with "From "
    bool hides_bcc = false;       ///< Bcc and Resent-Bcc fields are left out

    /// Mailman 2.1's own generator: what it delivers and archives.
    static constexpr flatten_options mailman21() { return {}; }
    /// Python 3's BytesGenerator without folding: the message as it came.
    static constexpr flatten_options mailman3() { return {true, 0, 0, false, false}; }
    /// What Mailman 3 hands to the mail server, by smtplib's send_message.
    static constexpr flatten_options mailman3_sent() { return {true, 78, 78, true, true}; }
};

namespace detail {

/// A text with a '>' before each line that begins with "From ".
inline std::string with_marked_from(std::string text) {
    std::size_t at = text.starts_with("From ") ? 0 : text.find("\nFrom ");
    while (at != std::string::npos) {
        text.insert(text[at] == '\n' ? at + 1 : at, ">");
        at = text.find("\nFrom ", at + 1);
    }
    return text;
}

/// A text whose lines all end with a single newline.
inline std::string with_single_ends(std::string text) {
    std::size_t end = text.find('\r');
    if (end == std::string::npos) return text;
    std::string with_ends;
    with_ends.reserve(text.size());
    std::size_t begin = 0;
    for (; end != std::string::npos; end = text.find('\r', begin)) {
        with_ends.append(text, begin, end - begin);
        if (end + 1 == text.size() || text[end + 1] != '\n') with_ends += '\n';
        begin = end + 1;
    }
    return with_ends.append(text, begin);
}

/// What a message's type makes of its content: how Python's generator finds its handlers.
enum class body_kind { text, multipart, multipart_signed, message, delivery_status };

/// @param main  "text", in lower case
/// @param sub   "plain"
inline body_kind body_kind_of(std::string main, std::string_view sub) {
    std::string name = main + '_' + std::string(sub);
    replace_all(name, "-", "_");
    replace_all(main, "-", "_");
    for (const std::string& handler : {name, main}) {
        if (handler == "text") return body_kind::text;
        if (handler == "multipart") return body_kind::multipart;
        if (handler == "multipart_signed") return body_kind::multipart_signed;
        if (handler == "message") return body_kind::message;
        if (handler == "message_delivery_status") return body_kind::delivery_status;
    }
    return body_kind::text;
}

/// The type and subtype of a Content-Type field.
inline std::pair<std::string, std::string> types_in(std::string_view field) {
    std::string type = to_lower(strip(field.substr(0, field.find(';'))));
    if (std::count(type.begin(), type.end(), '/') != 1) type = "text/plain";
    const std::size_t slash = type.find('/');
    return {type.substr(0, slash), type.substr(slash + 1)};
}

class message_flattener {
public:
    explicit message_flattener(const flatten_options& options) : options_(options) {}

    /// Whether a field can be written at all.
    /// @param is_whole  whether it is the message's, not a part's
    bool can_write(const object_header& field, bool is_whole) {
        (void)folded(field, is_whole ? options_.longest_header : options_.longest_part_header);
        return problem_.empty();
    }

    /// Whether that is known of a field of text without folding it.
    [[nodiscard]] bool writes_plainly(std::string_view name, std::string_view text,
                                      bool is_whole) const noexcept {
        const int longest = is_whole ? options_.longest_header : options_.longest_part_header;
        constexpr std::size_t short_line = 70;
        const std::size_t most = longest == 0 ? most_unfolded : short_line;
        return name.size() + text.size() < most && is_plain_line(text);
    }

    result<std::string> run(const message_object& message) {
        std::string text = write(message, options_.longest_header, true);
        if (problem_.empty()) return text;
        return failure(error_code::malformed, "message", problem_);
    }

private:
    std::string write(const message_object& message, int longest, bool is_whole) {
        const std::string body = body_of(message, longest);
        // A boundary of its own is made while the body is written.
        const std::optional<std::string> boundary = std::exchange(made_boundary_, std::nullopt);
        std::string text;
        for (const object_header& field : message.headers) {
            if (is_whole && options_.hides_bcc &&
                (equal_ignoring_case(field.name, "Bcc") ||
                 equal_ignoring_case(field.name, "Resent-Bcc"))) {
                continue;
            }
            text += bytes_of(field.name) + ": ";
            if (boundary && equal_ignoring_case(field.name, "Content-Type")) {
                text +=
                    folded({field.name, with_boundary(content_type(message), *boundary)}, longest);
            } else {
                text += folded(field, longest);
            }
            text += '\n';
        }
        text += '\n';
        return text += body;
    }

    // ---- header fields

    static constexpr std::size_t most_unfolded = 999'000;

    /// Whether a text is ASCII without any control character but the tab.
    static bool is_plain_line(std::string_view text) noexcept {
        bool plain = true;
        for (const char c : text) {
            plain &= (c >= ' ') | (c == '\t');
        }
        return plain && is_ascii(text);
    }

    [[nodiscard]] std::string bytes_of(std::string_view text) const {
        if (!options_.python3 || is_ascii(text)) return std::string(text);
        return unescape_bytes(text);
    }

    std::string folded(const object_header& field, int longest) {
        std::optional<std::string> value;
        if (const auto* text = std::get_if<std::string>(&field.value)) {
            value = options_.python3 ? fold_text3(field.name, *text, longest)
                                     : fold_text2(field.name, *text, longest);
        } else {
            const auto& header = std::get<encoded_header>(field.value);
            value = options_.python3 ? python3_fold::encode(header, longest)
                                     : python2_fold::encode(header);
        }
        if (value) return bytes_of(*value);
        if (problem_.empty()) {
            problem_ = "Python cannot encode the header field '" + field.name.substr(0, 80) + "'";
        }
        return {};
    }

    static std::optional<std::string> fold_text2(const std::string& name, const std::string& text,
                                                 int longest) {
        if (longest == 0 || !is_ascii(text)) return text;
        const auto first = longest - static_cast<int>(name.size()) - 2;
        return python2_fold::encode({{{text, {}}}, " ", first, longest - 1, 0});
    }

    std::optional<std::string> fold_text3(const std::string& name, const std::string& text,
                                          int longest) const {
        mail_charset charset;
        if (!is_ascii(text)) {
            std::string_view rest = text;
            while (!rest.empty()) {
                const char32_t point = take_code_point(rest);
                // Bytes of unknown encoding are not folded.
                if (point >= 0xd800 && point < 0xe000) return text;
            }
            charset = mail_charset::utf8();
        } else if (longest == 0 && text.size() < most_unfolded - name.size() &&
                   text.find_first_of("\n\r\v\f\x1c\x1d\x1e") == std::string::npos) {
            return text;  // folding would change nothing
        }
        const auto name_size = static_cast<int>(to_code_points(name).size() + 2);
        return python3_fold::encode({{{text, charset}}, " ", 0, 0, name_size}, longest);
    }

    // ---- the content type

    [[nodiscard]] std::string content_type(const message_object& message) const {
        const object_header* field = message.find("Content-Type");
        if (field == nullptr) return message.default_type;
        if (const auto* header = std::get_if<encoded_header>(&field->value)) {
            return words_of(*header, !options_.python3);
        }
        return std::get<std::string>(field->value);
    }

    /// "text" and "plain", in lower case.
    [[nodiscard]] std::pair<std::string, std::string> types_of(
        const message_object& message) const {
        const std::string type = content_type(message);
        if (message.find("Content-Type") != nullptr) return types_in(type);
        const std::size_t slash = std::min(type.find('/'), type.size());
        return {type.substr(0, slash), slash < type.size() ? type.substr(slash + 1) : ""};
    }

    // ---- bodies

    std::string body_of(const message_object& message, int longest) {
        const auto [main, sub] = types_of(message);
        switch (body_kind_of(main, sub)) {
            case body_kind::text: break;
            case body_kind::multipart: return multipart_body(message, part_limit(longest));
            case body_kind::multipart_signed: return multipart_body(message, 0);
            case body_kind::message: return message_body(message, part_limit(longest));
            case body_kind::delivery_status: return status_body(message, part_limit(longest));
        }
        return text_body(message);
    }

    /// Mailman 2.1's generator has a limit of its own for parts; Python 3's hands down the
    /// present one, which is none within a signed message.
    [[nodiscard]] int part_limit(int longest) const {
        return options_.python3 ? std::min(longest, options_.longest_part_header)
                                : options_.longest_part_header;
    }

    std::string text_body(const message_object& message) {
        if (std::holds_alternative<std::monostate>(message.payload)) return {};
        if (const auto* text = std::get_if<std::string>(&message.payload)) return lines(*text);
        const auto [main, sub] = types_of(message);
        problem_ = "expected a text as the content of " + main + '/' + sub + ", found parts";
        return {};
    }

    /// A text as it is written: Python 3 writes every line end as its own.
    [[nodiscard]] std::string lines(std::string_view value_text) const {
        std::string text = bytes_of(value_text);
        if (options_.mangles_from) text = with_marked_from(std::move(text));
        return options_.python3 ? with_single_ends(std::move(text)) : text;
    }

    static const std::vector<message_object>& parts_of(const message_object& message) {
        static const std::vector<message_object> nobody;
        const auto* parts = std::get_if<std::vector<message_object>>(&message.payload);
        return parts == nullptr ? nobody : *parts;
    }

    std::string multipart_body(const message_object& message, int longest) {
        if (const auto* text = std::get_if<std::string>(&message.payload)) return bytes_of(*text);
        std::vector<std::string> parts;
        for (const message_object& part : parts_of(message)) {
            parts.push_back(write(part, longest, false));
        }
        auto boundary = boundary_in(content_type(message), !options_.python3);
        if (!boundary || boundary->empty()) {
            boundary = new_boundary(parts);
            made_boundary_ = boundary;
        }
        const std::string delimiter = "--" + bytes_of(*boundary);
        std::string body;
        if (message.preamble) body += lines(*message.preamble) + '\n';
        body += delimiter + '\n';
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i > 0) body += '\n' + delimiter + '\n';
            body += parts[i];
        }
        body += '\n' + delimiter + "--\n";
        if (message.epilogue) body += lines(*message.epilogue);
        return body;
    }

    /// Fifteen '=', nineteen digits and two '=', as Python makes it; but where Python's digits
    /// are random, these come from what they divide, so that a message has always one text.
    static std::string new_boundary(const std::vector<std::string>& parts) {
        std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
        for (const std::string& part : parts) {
            for (const char c : part) {
                hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
            }
        }
        char digits[32];
        std::snprintf(digits, sizeof digits, "%019llu", static_cast<unsigned long long>(hash >> 1));
        const std::string made = "===============" + std::string(digits) + "==";
        std::string boundary = made;
        for (int number = 0; is_delimiter_in(parts, "--" + boundary); ++number) {
            boundary = made + '.' + std::to_string(number);
        }
        return boundary;
    }

    static bool is_delimiter_in(const std::vector<std::string>& parts, std::string_view delimiter) {
        for (const std::string& part : parts) {
            for (std::size_t at = part.find(delimiter); at != std::string::npos;
                 at = part.find(delimiter, at + 1)) {
                if (at == 0 || part[at - 1] == '\n') return true;
            }
        }
        return false;
    }

    std::string message_body(const message_object& message, int longest) {
        if (const auto* text = std::get_if<std::string>(&message.payload)) return bytes_of(*text);
        const auto& parts = parts_of(message);
        return parts.empty() ? std::string() : write(parts.front(), longest, false);
    }

    /// The blocks of a delivery status, with an empty line between two.
    std::string status_body(const message_object& message, int longest) {
        if (const auto* text = std::get_if<std::string>(&message.payload)) return bytes_of(*text);
        std::string body;
        bool is_first = true;
        for (const message_object& part : parts_of(message)) {
            std::string block = write(part, longest, false);
            if (block.ends_with('\n')) block.pop_back();
            if (!std::exchange(is_first, false)) body += '\n';
            body += block;
        }
        return body;
    }

    const flatten_options& options_;
    std::optional<std::string> made_boundary_;
    std::string problem_;
};

}  // namespace detail

/// The text of a message, header fields first, without the line "From ...".
///
/// A part whose type asks for a boundary and has none gets one, which differs from Python's in
/// its digits alone. What Python cannot write, since it meets letters beyond ASCII where mail
/// has none, is written in UTF-8.
/// @returns the text; `malformed` for what makes Python's generator raise: a header field that
///          its charset cannot hold, or parts where the type asks for a text
/// @complexity linear in the message
inline result<std::string> flatten(const message_object& message, const flatten_options& options) {
    return detail::message_flattener(options).run(message);
}

}  // namespace qslice
