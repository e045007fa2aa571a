/// @file
/// The parts of a multipart message, as far as a content filter needs them.
/// The content_filter handler uses it; it builds on headers.hpp.
#pragma once

#include <qslice/message/headers.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// The content of a Content-Type field, in lower case; "text/plain" if there is none.
/// @source RFC 2045, 5
struct content_type {
    std::string type;
    std::string boundary;  ///< empty if the type is not multipart
};

inline content_type content_type_of(std::string_view part) {
    const auto field = find_header(part, "Content-Type");
    if (!field) return {"text/plain", {}};
    const std::string value = unfold(field->value);
    content_type found;
    for (const char c : detail::trim(std::string_view(value).substr(0, value.find(';')))) {
        found.type += detail::to_lower(c);
    }
    std::string lower;
    for (const char c : value) lower += detail::to_lower(c);
    const std::size_t at = lower.find("boundary=");
    if (found.type.starts_with("multipart/") && at != std::string::npos) {
        std::string_view rest = std::string_view(value).substr(at + 9);
        if (rest.starts_with('"')) {
            rest.remove_prefix(1);
            found.boundary = rest.substr(0, rest.find('"'));
        } else {
            found.boundary = detail::trim(rest.substr(0, rest.find(';')));
        }
    }
    return found;
}

/// The position of one part of a multipart body in the text: from its delimiter line to the next.
struct body_part {
    std::size_t begin = 0;  ///< offset of the delimiter line
    std::size_t content = 0;
    std::size_t end = 0;
};

/// The parts between the delimiters of `boundary`.
/// @returns nothing for a body that is not properly closed, which must not be changed
/// @source RFC 2046, 5.1.1
inline std::vector<body_part> body_parts(std::string_view text, std::string_view boundary) {
    std::vector<body_part> parts;
    if (boundary.empty()) return parts;
    const std::string delimiter = "--" + std::string(boundary);
    for (std::size_t line = body_offset(text); line < text.size();) {
        const std::size_t newline = text.find('\n', line);
        const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
        auto content = text.substr(line, next - line);
        content = content.substr(0, content.find_last_not_of(" \t\r\n") + 1);
        if (content.starts_with(delimiter)) {
            if (!parts.empty()) parts.back().end = line;
            if (content.substr(delimiter.size()) == "--") return parts;
            if (content.size() == delimiter.size()) parts.push_back({line, next, text.size()});
        }
        line = next;
    }
    return {};
}

/// The maximum nesting depth of parts; no mail program comes near it.
inline constexpr int most_nested_parts = 64;

/// Removes from a multipart message every part whose type `refuse` rejects, at any depth, and
/// everything nested deeper than most_nested_parts, since it cannot be examined.
/// @param refuse  called with a lower-case "type/subtype"
/// @returns the number of removed parts
template <class Refuse>
std::size_t remove_parts(std::string& text, Refuse&& refuse, int depth = 1) {
    std::size_t removed = 0;
    const auto parts = body_parts(text, content_type_of(text).boundary);
    for (std::size_t k = parts.size(); k-- > 0;) {
        const body_part& part = parts[k];
        std::string inner = text.substr(part.content, part.end - part.content);
        const content_type type = content_type_of(inner);
        if (refuse(std::string_view(type.type)) || depth > most_nested_parts) {
            text.erase(part.begin, part.end - part.begin);
            ++removed;
        } else if (!type.boundary.empty()) {
            if (const std::size_t deeper = remove_parts(inner, refuse, depth + 1)) {
                text.replace(part.content, part.end - part.content, inner);
                removed += deeper;
            }
        }
    }
    return removed;
}

}  // namespace qslice
