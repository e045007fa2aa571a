/// @file
/// The parameters of a Content-Type field as Python's email package parses and writes them.
/// The flattening of messages asks it for types and boundaries.
#pragma once

#include <qslice/message/headers.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

constexpr std::string_view python_space = " \t\n\r\v\f";

constexpr std::string_view strip(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(python_space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(python_space) - begin + 1);
}

inline std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = to_lower(c);
    return lower;
}

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// @source CPython Lib/email/utils.py, unquote
inline std::string unquote_parameter(std::string_view text) {
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
        std::string plain(text.substr(1, text.size() - 2));
        replace_all(plain, "\\\\", "\\");
        replace_all(plain, "\\\"", "\"");
        return plain;
    }
    if (text.size() > 1 && text.front() == '<' && text.back() == '>') {
        return std::string(text.substr(1, text.size() - 2));
    }
    return std::string(text);
}

inline std::string quote_parameter(std::string text) {
    replace_all(text, "\\", "\\\\");
    replace_all(text, "\"", "\\\"");
    return '"' + text + '"';
}

/// One parameter: its name, its value in quotes, and whether RFC 2231 encoded it, with what then
/// stands before the value.
struct content_parameter {
    std::string name;
    std::string value;
    std::optional<std::pair<std::string, std::string>> charset_and_language{};
};

/// Cuts a field at each ';' outside of quotes; names are in lower case where a '=' follows.
/// @source CPython Lib/email/message.py, _parseparam
inline std::vector<std::string> split_parameters(std::string_view field) {
    std::vector<std::string> parts;
    bool more = true;
    while (more) {
        std::size_t end = 0;
        std::size_t quotes = 0;
        for (; end < field.size(); ++end) {
            if (field[end] == '"' && (end == 0 || field[end - 1] != '\\')) ++quotes;
            // Python looks at the first character only when nothing stands before it.
            if (field[end] == ';' && (end == 0 || quotes % 2 == 0)) break;
        }
        std::string part(field.substr(0, end));
        const std::size_t equal = part.find('=');
        if (equal != std::string::npos) {
            part = to_lower(strip(std::string_view(part).substr(0, equal))) + '=' +
                   std::string(strip(std::string_view(part).substr(equal + 1)));
        }
        parts.emplace_back(strip(part));
        more = end < field.size();
        if (more) field.remove_prefix(end + 1);
    }
    return parts;
}

/// "%41" as 'A', and so on; what is no escape stays.
inline std::string percent_decoded(std::string_view text) {
    std::string plain;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        const char lower = to_lower(c);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
                            digit(text[i + 2]) >= 0;
        if (escape) {
            plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// The name and number of "name*", "name*0" or "name*0*"; nothing for another name.
inline std::optional<std::pair<std::string, std::int64_t>> continued_name(std::string_view name) {
    const std::size_t star = name.find('*');
    const auto is_word = [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
    };
    if (star == std::string_view::npos || star == 0) return std::nullopt;
    const std::string_view base = name.substr(0, star);
    if (!std::all_of(base.begin(), base.end(), is_word)) return std::nullopt;
    std::string_view number = name.substr(star + 1);
    if (number.empty()) return std::pair(std::string(base), std::int64_t{-1});
    if (number.ends_with('*')) number.remove_suffix(1);
    const bool digits = !number.empty() && std::all_of(number.begin(), number.end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : number) {
        if (value > std::numeric_limits<std::int64_t>::max() / 20) break;
        value = value * 10 + (c - '0');
    }
    return std::pair(std::string(base), value);
}

/// The parameters of a Content-Type field, the type itself first as a name without a value;
/// values quoted, those that RFC 2231 cuts into pieces put together at the end.
/// @source CPython Lib/email/utils.py, decode_params
inline std::vector<content_parameter> content_parameters(std::string_view field) {
    std::vector<content_parameter> found;
    struct piece {
        std::int64_t number;
        std::string value;
        bool encoded;
        bool operator<(const piece& other) const {
            if (number != other.number) return number < other.number;
            if (value != other.value) return value < other.value;
            return encoded < other.encoded;
        }
    };
    std::vector<std::pair<std::string, std::vector<piece>>> continued;
    for (const std::string& part : split_parameters(field)) {
        const std::size_t equal = part.find('=');
        std::string name(strip(std::string_view(part).substr(0, equal)));
        std::string value;
        if (equal != std::string::npos) value = strip(std::string_view(part).substr(equal + 1));
        if (found.empty()) {
            found.push_back({std::move(name), std::move(value)});
            continue;
        }
        value = unquote_parameter(value);
        if (const auto at = continued_name(name)) {
            auto list = std::find_if(continued.begin(), continued.end(),
                                     [&](const auto& c) { return c.first == at->first; });
            if (list == continued.end()) list = continued.insert(list, {at->first, {}});
            list->second.push_back({at->second, std::move(value), name.ends_with('*')});
        } else {
            found.push_back({std::move(name), quote_parameter(std::move(value))});
        }
    }
    for (auto& [name, pieces] : continued) {
        std::sort(pieces.begin(), pieces.end());
        std::string value;
        bool extended = false;
        for (const piece& p : pieces) {
            value += p.encoded ? percent_decoded(p.value) : p.value;
            extended = extended || p.encoded;
        }
        replace_all(value, "\\", "\\\\");
        replace_all(value, "\"", "\\\"");
        content_parameter whole{name, {}};
        if (extended) {
            const std::size_t first = value.find('\'');
            const std::size_t second =
                first == std::string::npos ? first : value.find('\'', first + 1);
            whole.charset_and_language.emplace();
            if (second != std::string::npos) {
                whole.charset_and_language->first = value.substr(0, first);
                whole.charset_and_language->second = value.substr(first + 1, second - first - 1);
                value.erase(0, second + 1);
            }
        }
        whole.value = '"' + value + '"';
        found.push_back(std::move(whole));
    }
    return found;
}

/// The boundary that a Content-Type field names; nothing when it names none.
/// @param twice  unquotes an encoded value once more than Python 3 does, as Python 2
/// @source CPython Lib/email/message.py, get_boundary
inline std::optional<std::string> boundary_in(std::string_view field, bool twice) {
    for (const content_parameter& p : content_parameters(field)) {
        if (!equal_ignoring_case(p.name, "boundary")) continue;
        std::string value = unquote_parameter(p.value);
        if (!p.charset_and_language || twice) value = unquote_parameter(value);
        value.resize(value.find_last_not_of(python_space) + 1);
        return value;
    }
    return std::nullopt;
}

/// The field with a boundary of its own in place of the one that it names, or at its end.
/// @source CPython Lib/email/message.py, set_boundary
inline std::string with_boundary(std::string_view field, std::string_view boundary) {
    auto parameters = content_parameters(field);
    const std::string quoted = '"' + std::string(boundary) + '"';
    bool found = false;
    for (content_parameter& p : parameters) {
        if (!equal_ignoring_case(p.name, "boundary")) continue;
        p = {"boundary", quoted};
        found = true;
    }
    if (!found) parameters.push_back({"boundary", quoted});
    std::string text;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i > 0) text += "; ";
        const content_parameter& p = parameters[i];
        text += p.name;
        if (!p.value.empty()) text += '=' + p.value;
    }
    return text;
}

}  // namespace qslice::detail
