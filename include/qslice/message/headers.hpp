/// @file
/// Finds and changes header fields in a message's text without changing any other byte.
/// Handlers use it; so does the thread key of a hash policy.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

/// One header field and its position in the text.
struct header_field {
    std::string_view name;
    std::string_view value;  ///< unchanged, with any folded lines, without the last line end
    std::size_t begin = 0;   ///< offset of the name
    std::size_t end = 0;     ///< offset after the field's last line end
};

namespace detail {

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The offset at which the header begins: messages from an mbox may have a line "From sender date"
/// before it.
inline std::size_t head_offset(std::string_view text) noexcept {
    if (!text.starts_with("From ")) return 0;
    const std::size_t line_end = text.find('\n');
    return line_end == std::string_view::npos ? text.size() : line_end + 1;
}

}  // namespace detail

/// The field that starts at `offset`, or nothing if the header ends there (an empty line, the end
/// of the text, or a line that is not a header field).
/// @source RFC 5322, 2.2 and 2.2.3 (folding)
inline std::optional<header_field> header_at(std::string_view text, std::size_t offset) {
    std::size_t colon = offset;
    while (colon < text.size() && text[colon] != ':' && !detail::is_blank(text[colon])) ++colon;
    if (colon >= text.size() || text[colon] != ':' || colon == offset) return {};
    const auto name = text.substr(offset, colon - offset);
    std::size_t end = colon;
    do {
        end = text.find('\n', end);
        end = end == std::string_view::npos ? text.size() : end + 1;
    } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
    return header_field{name, detail::trim(text.substr(colon + 1, end - colon - 1)), offset, end};
}

/// Calls visit(header_field) for each field of the header, in order.
/// @returns the offset at which the header ends
template <class Visit>
std::size_t for_each_header(std::string_view text, Visit&& visit) {
    std::size_t at = detail::head_offset(text);
    while (const auto field = header_at(text, at)) {
        visit(*field);
        at = field->end;
    }
    return at;
}

/// The first field with that name (case-insensitive).
/// @complexity linear in the header up to that field; the body is not read
inline std::optional<header_field> find_header(std::string_view text, std::string_view name) {
    auto field = header_at(text, detail::head_offset(text));
    while (field && !detail::equal_ignoring_case(field->name, name)) {
        field = header_at(text, field->end);
    }
    return field;
}

/// The offset of the body: after the empty line that ends the header.
inline std::size_t body_offset(std::string_view text) {
    std::size_t at = for_each_header(text, [](const header_field&) {});
    if (text.substr(at).starts_with("\r\n")) return at + 2;
    if (text.substr(at).starts_with("\n")) return at + 1;
    return at;
}

/// A folded value on one line.
inline std::string unfold(std::string_view value) {
    std::string line(value);
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
    return line;
}

/// Gives the first field with that name a new value, or adds the field at the end of the header.
inline void set_header(std::string& text, std::string_view name, std::string_view value) {
    std::size_t end = detail::head_offset(text);
    auto found = header_at(text, end);
    while (found && !detail::equal_ignoring_case(found->name, name)) {
        end = found->end;
        found = header_at(text, end);
    }
    std::string line;
    line.reserve(name.size() + value.size() + 4);
    line += found ? found->name : name;
    line += ": ";
    line += value;
    line += '\n';
    if (found) {
        text.replace(found->begin, found->end - found->begin, line);
    } else {
        if (end != 0 && text[end - 1] != '\n') line.insert(0, 1, '\n');
        // Without an empty line in between, the body would become part of the header.
        const bool divided = end == text.size() || text[end] == '\n' || text[end] == '\r';
        if (!divided) line += '\n';
        text.insert(end, line);
    }
}

/// Removes every field with that name.
inline void remove_header(std::string& text, std::string_view name) {
    while (const auto found = find_header(text, name)) {
        text.erase(found->begin, found->end - found->begin);
    }
}

/// The first "<...>" of a value, or the whole value if there is none.
inline std::string_view angle_address(std::string_view value) noexcept {
    const std::size_t open = value.find('<');
    const std::size_t close = value.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return detail::trim(value);
    }
    return value.substr(open + 1, close - open - 1);
}

/// The message id that a thread starts with: the first of References, otherwise In-Reply-To,
/// otherwise the message's own; empty if it has none of them.
/// @source RFC 5322, 3.6.4
inline std::string_view thread_root(std::string_view text) {
    std::string_view references, in_reply_to, own;
    for_each_header(text, [&](const header_field& field) {
        using detail::equal_ignoring_case;
        if (equal_ignoring_case(field.name, "References")) references = field.value;
        if (equal_ignoring_case(field.name, "In-Reply-To")) in_reply_to = field.value;
        if (equal_ignoring_case(field.name, "Message-ID")) own = field.value;
    });
    for (const std::string_view candidate : {references, in_reply_to, own}) {
        if (!candidate.empty()) return angle_address(candidate);
    }
    return {};
}

/// The address in the From field; empty if there is none.
inline std::string_view sender_address(std::string_view text) {
    const auto from = find_header(text, "From");
    return from ? angle_address(from->value) : std::string_view{};
}

}  // namespace qslice
