/// @file
/// Parses a message's text as the parsers of Python's email package do, also where it is malformed.
/// What Mailman sends of a message that is queued as text has passed them.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/detail/content_parameters.hpp>
#include <qslice/message/flatten.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/message/message_object.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

/// @source CPython 3.11 and 2.7, Lib/email/feedparser.py
class message_parser {
public:
    message_parser(std::string_view text, bool python3) : rest_(text), python3_(python3) {}

    result<message_object> run() {
        part whole;
        parse(whole, 0);
        if (is_too_deep_) {
            return failure(
                error_code::malformed, "message",
                "expected parts that are nested at most " + std::to_string(most_depth) + " deep");
        }
        return to_object(std::move(whole));
    }

private:
    /// Python's recursion has an end as well.
    static constexpr int most_depth = 150;

    /// A message whose parts stay where they are while more are added.
    struct part {
        message_object own;
        std::vector<std::unique_ptr<part>> parts;
    };

    static message_object to_object(part whole) {
        if (!whole.parts.empty()) {
            std::vector<message_object> parts;
            for (auto& p : whole.parts) parts.push_back(to_object(std::move(*p)));
            whole.own.payload = std::move(parts);
        }
        return std::move(whole.own);
    }

    // ---- lines

    enum class delimiter { none, opens, closes };

    /// The number of characters in a line's end: \r\n, \r or \n.
    static std::size_t end_at_front(std::string_view line) noexcept {
        if (line.starts_with("\r\n")) return 2;
        return line.starts_with('\r') || line.starts_with('\n') ? 1 : 0;
    }
    static std::size_t end_at_back(std::string_view line) noexcept {
        if (line.ends_with("\r\n")) return 2;
        return line.ends_with('\r') || line.ends_with('\n') ? 1 : 0;
    }
    static std::string_view without_end(std::string_view text) noexcept {
        return text.substr(0, text.size() - end_at_back(text));
    }

    /// What a line is to a multipart of that boundary.
    /// @param dashed  "--" and the boundary
    static delimiter kind_of(std::string_view line, std::string_view dashed) noexcept {
        if (!line.starts_with(dashed)) return delimiter::none;
        line = without_end(line.substr(dashed.size()));
        const bool closes = line.starts_with("--");
        if (closes) line.remove_prefix(2);
        if (line.find_first_not_of(" \t") != std::string_view::npos) return delimiter::none;
        return closes ? delimiter::closes : delimiter::opens;
    }

    /// The next line with its end; empty at the end of the text and before a line that ends the
    /// part.
    [[nodiscard]] std::string_view peek() const noexcept {
        const std::string_view from = again_.empty() ? rest_ : again_;
        const std::size_t end = std::min(from.find_first_of("\r\n"), from.size());
        const std::string_view line = from.substr(0, end + end_at_front(from.substr(end)));
        for (const std::string& dashed : ends_) {
            const bool is_end =
                dashed.empty() ? end_at_front(line) > 0 : kind_of(line, dashed) != delimiter::none;
            if (is_end) return {};
        }
        return line;
    }
    std::string_view take() noexcept {
        const std::string_view line = peek();
        if (again_.empty()) {
            rest_.remove_prefix(line.size());
        } else if (!line.empty()) {
            again_ = {};
        }
        return line;
    }
    /// All lines of the part that are left.
    std::string take_all() {
        std::string all;
        for (std::string_view line = take(); !line.empty(); line = take()) all += line;
        return all;
    }

    // ---- header fields

    [[nodiscard]] bool is_header_line(std::string_view line) const noexcept {
        if (line.starts_with("From ") || line.starts_with(' ') || line.starts_with('\t')) {
            return true;
        }
        const auto end = std::find_if(line.begin(), line.end(), [](char c) {
            return c == ':' || static_cast<unsigned char>(c) < 0x21 ||
                   static_cast<unsigned char>(c) > 0x7e;
        });
        return end != line.end() && *end == ':' && (python3_ || end != line.begin());
    }

    [[nodiscard]] std::string value_text(std::string_view bytes) const {
        return python3_ && !is_ascii(bytes) ? escape_bytes(bytes) : std::string(bytes);
    }
    /// The same of a body: its bytes are escaped only where they could be taken for an escape.
    [[nodiscard]] std::string body_text(std::string_view bytes) const {
        return python3_ && bytes.find('\xed') != std::string_view::npos ? escape_bytes(bytes)
                                                                        : std::string(bytes);
    }

    void add_header(message_object& to, std::string_view field, bool is_last) const {
        const std::size_t colon = field.find(':');
        const std::string_view name = field.substr(0, colon);
        std::string_view value = field.substr(colon + 1);
        if (python3_) {
            value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        } else {
            // Only in the field's first line, whose end counts as a blank.
            const std::size_t line = std::min(value.find_first_of("\r\n"), value.size());
            const std::size_t size = line + end_at_front(value.substr(line));
            value.remove_prefix(std::min(value.find_first_not_of(python_space), size));
            if (!is_last && !value.empty()) value.remove_suffix(1);
        }
        while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
        to.headers.push_back({std::string(name), value_text(value)});
    }

    void parse_headers(message_object& to) {
        std::vector<std::string_view> lines;
        std::string_view line;
        while (is_header_line(line = peek())) lines.push_back(take());
        if (end_at_front(line) > 0) take();
        std::string_view field;  // with its later lines, which follow each other in the text
        const auto flush = [&](bool is_last) {
            if (!field.empty()) add_header(to, field, is_last);
            field = {};
        };
        for (std::size_t i = 0; i < lines.size(); ++i) {
            line = lines[i];
            if (line.front() == ' ' || line.front() == '\t') {
                if (!field.empty()) field = {field.data(), field.size() + line.size()};
                continue;
            }
            flush(false);
            if (line.starts_with("From ")) {
                if (i == 0) {
                    to.unix_from = value_text(without_end(line));
                } else if (i + 1 == lines.size()) {
                    // Taken for the first line of the body; an empty line behind it is gone.
                    again_ = line;
                    return;
                }
            } else if (line.front() != ':') {
                field = line;
            }
        }
        flush(true);
    }

    // ---- bodies

    static std::pair<std::string, std::string> types_of(const message_object& message) {
        const object_header* field = message.find("Content-Type");
        if (field != nullptr) return types_in(std::get<std::string>(field->value));
        return types_in(message.default_type);
    }

    part& add_part(part& to) {
        to.parts.push_back(std::make_unique<part>());
        const auto [main, sub] = types_of(to.own);
        if (main == "multipart" && sub == "digest") {
            to.parts.back()->own.default_type = "message/rfc822";
        }
        return *to.parts.back();
    }

    void parse(part& to, int depth) {
        last_ = &to;
        if (depth == most_depth) {
            is_too_deep_ = true;
            rest_ = again_ = {};
            return;
        }
        parse_headers(to.own);
        const auto [main, sub] = types_of(to.own);
        if (main == "message" && sub == "delivery-status") return parse_status(to, depth);
        if (main == "message") return parse(add_part(to), depth + 1);
        if (main == "multipart") {
            const object_header* field = to.own.find("Content-Type");
            const std::string type =
                field != nullptr ? std::get<std::string>(field->value) : to.own.default_type;
            if (auto boundary = boundary_in(type, !python3_)) {
                return parse_multipart(
                    to, "--" + (python3_ ? unescape_bytes(*boundary) : *boundary), depth);
            }
        }
        to.own.payload = body_text(take_all());
    }

    /// Blocks of header fields, with an empty line between two.
    void parse_status(part& to, int depth) {
        do {
            ends_.emplace_back();
            parse(add_part(to), depth + 1);
            ends_.pop_back();
            take();
        } while (!peek().empty());
    }

    /// @param dashed  "--" and the boundary
    void parse_multipart(part& to, const std::string& dashed, int depth) {
        std::string preamble;
        bool in_preamble = true;
        bool is_closed = false;
        while (!is_closed && !peek().empty()) {
            const delimiter kind = kind_of(peek(), dashed);
            if (kind == delimiter::closes) {
                take();
                is_closed = true;
            } else if (kind == delimiter::none) {
                preamble += take();  // between parts there is nothing
            } else if (in_preamble) {
                in_preamble = false;
                if (!preamble.empty()) to.own.preamble = body_text(without_end(preamble));
            } else {
                // Several delimiters in a row are one.
                while (kind_of(peek(), dashed) != delimiter::none) take();
                ends_.push_back(dashed);
                parse(add_part(to), depth + 1);
                leave_line_end();
                ends_.pop_back();
                last_ = &to;
            }
        }
        if (in_preamble) {
            to.own.payload = body_text(preamble);
            to.own.epilogue = std::string();
            (void)take_all();
        } else if (is_closed || !python3_) {
            to.own.epilogue = body_text(take_all());
        }
    }

    /// The line end before a delimiter is part of it, not of what stands before it.
    void leave_line_end() {
        message_object& before = last_->own;
        if (types_of(before).first == "multipart") {
            if (!before.epilogue) return;
            if (before.epilogue->empty()) {
                before.epilogue.reset();
            } else {
                before.epilogue->resize(without_end(*before.epilogue).size());
            }
        } else if (auto* text = std::get_if<std::string>(&before.payload)) {
            text->resize(without_end(*text).size());
        }
    }

    std::string_view rest_;
    std::string_view again_{};  ///< a line of the header that comes once more, before the rest
    bool python3_;
    bool is_too_deep_ = false;
    part* last_ = nullptr;  ///< Python's _last: what the next delimiter's line end belongs to
    /// What begins the lines that end the parts around; an empty one stands for an empty line.
    std::vector<std::string> ends_;
};

}  // namespace detail

/// The message that Python's parser makes of a text: nothing is an error to it, and what it
/// leaves out or mends is left out and mended here.
/// @param python3  the parser of Python 3.11, otherwise of 2.7
/// @returns the message; `malformed` if its parts are nested too deeply
/// @complexity linear in the text, times the depth of nested parts
inline result<message_object> parse_message(std::string_view text, bool python3) {
    return detail::message_parser(text, python3).run();
}

}  // namespace qslice
