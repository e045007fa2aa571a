#include "sim/site/log_format.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

/// Whether a part of that name is a single word.
constexpr bool is_word(std::string_view part) { return part == "list" || part == "base"; }

void keep(format_match& match, std::string_view part, std::string_view text) {
    if (part == "id") match.message_id = text;
    if (part == "base") match.base = text;
    if (part == "list") match.list = text;
    if (part == "path") match.path = text;
    if (part == "why") match.why = text;
}

/// Matches from left to right; each part ends where the fixed text behind it begins.
bool fits(std::string_view pattern, std::string_view text, format_match& match) {
    while (!pattern.empty()) {
        const std::size_t open = pattern.find('{');
        const std::string_view fixed = pattern.substr(0, open);
        if (!text.starts_with(fixed)) return false;
        text.remove_prefix(fixed.size());
        if (open == std::string_view::npos) return text.empty();
        const std::size_t close = pattern.find('}', open);
        const std::string_view part = pattern.substr(open + 1, close - open - 1);
        pattern.remove_prefix(close + 1);
        const std::string_view next = pattern.substr(0, pattern.find('{'));
        const std::size_t end = next.empty()                    ? text.size()
                                : next.size() == pattern.size() ? text.rfind(next)
                                                                : text.find(next);
        if (end == std::string_view::npos) return false;
        const std::string_view found = text.substr(0, end);
        if (is_word(part) && found.find_first_of(" \n") != std::string_view::npos) return false;
        keep(match, part, found);
        text.remove_prefix(end);
    }
    return text.empty();
}

constexpr std::size_t fixed_length(std::string_view pattern) {
    std::size_t length = 0;
    bool inside = false;
    for (const char c : pattern) {
        if (c == '{') inside = true;
        if (!inside) ++length;
        if (c == '}') inside = false;
    }
    return length;
}

/// Every pattern has some fixed text and closes its parts.
constexpr bool are_well_formed() {
    for (const log_format& format : log_formats) {
        int depth = 0;
        for (const char c : format.pattern) {
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth < 0 || depth > 1) return false;
        }
        if (depth != 0 || fixed_length(format.pattern) < 4) return false;
    }
    return true;
}
static_assert(are_well_formed());

/// The formats by their first character; those that begin with a part are under '{'.
class format_index {
public:
    format_index() {
        for (const log_format& format : log_formats) {
            by_first_[static_cast<unsigned char>(format.pattern.front())].push_back(&format);
        }
    }

    [[nodiscard]] const std::vector<const log_format*>& under(char first) const {
        return by_first_[static_cast<unsigned char>(first)];
    }

private:
    std::array<std::vector<const log_format*>, 256> by_first_;
};

}  // namespace

std::optional<format_match> match_log_format(std::string_view text) {
    static const format_index index;
    if (text.empty()) return std::nullopt;
    std::optional<format_match> best;
    std::size_t most = 0;
    const auto try_all = [&](const std::vector<const log_format*>& formats) {
        for (const log_format* format : formats) {
            const std::size_t length = fixed_length(format->pattern);
            if (best && length <= most) continue;
            format_match match{format};
            if (!fits(format->pattern, text, match)) continue;
            best = match;
            most = length;
        }
    };
    try_all(index.under(text.front()));
    if (text.front() != '{') try_all(index.under('{'));
    return best;
}

}  // namespace qslice::sim::diagnosis
