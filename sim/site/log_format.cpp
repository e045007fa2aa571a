#include "sim/site/log_format.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <utility>
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
        // What is fixed at the end of the pattern can only be at the end of the text.
        const bool last = next.size() == pattern.size();
        const std::size_t end = next.empty()           ? text.size()
                                : !last                ? text.find(next)
                                : text.ends_with(next) ? text.size() - next.size()
                                                       : text.npos;
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

/// Four characters of a text, as a number.
std::uint32_t gram_at(std::string_view text, std::size_t at) {
    std::uint32_t gram = 0;
    std::memcpy(&gram, text.data() + at, sizeof gram);
    return gram;
}
constexpr std::size_t gram_size = sizeof(std::uint32_t);

/// The grams within a pattern's fixed text.
std::vector<std::uint32_t> grams_of(std::string_view pattern) {
    std::vector<std::uint32_t> grams;
    while (!pattern.empty()) {
        const std::string_view fixed = pattern.substr(0, pattern.find('{'));
        for (std::size_t at = 0; at + gram_size <= fixed.size(); ++at) {
            grams.push_back(gram_at(fixed, at));
        }
        const std::size_t close = pattern.find('}');
        pattern.remove_prefix(close == std::string_view::npos ? pattern.size() : close + 1);
    }
    return grams;
}

/// The formats that may fit a text: those that begin with its first character, and of those that
/// begin with a part the ones of which the text has a gram.
class format_index {
public:
    struct row {
        const log_format* format = nullptr;
        std::size_t length = 0;  ///< of its fixed text
    };

    format_index() {
        std::unordered_map<std::uint32_t, std::size_t> frequency;
        for (const log_format& format : log_formats) {
            for (const std::uint32_t gram : grams_of(format.pattern)) ++frequency[gram];
        }
        for (const log_format& format : log_formats) {
            const row r{&format, fixed_length(format.pattern)};
            if (format.pattern.front() != '{') {
                by_first_[static_cast<unsigned char>(format.pattern.front())].push_back(r);
                continue;
            }
            const auto grams = grams_of(format.pattern);
            const auto rarest = std::min_element(
                grams.begin(), grams.end(),
                [&](std::uint32_t a, std::uint32_t b) { return frequency[a] < frequency[b]; });
            if (rarest == grams.end()) {
                without_gram_.set(others_.size());
            } else {
                by_gram_.emplace_back(*rarest, others_.size());
                filter_.set(filter_place(*rarest));
            }
            others_.push_back(r);
        }
        std::sort(by_gram_.begin(), by_gram_.end());
    }

    /// Calls try_one(row) for each, in the table's order.
    template <class TryOne>
    void for_each(std::string_view text, TryOne&& try_one) const {
        for (const row& r : by_first_[static_cast<unsigned char>(text.front())]) try_one(r);
        marks found = without_gram_;
        for (std::size_t at = 0; at + gram_size <= text.size(); ++at) {
            const std::uint32_t gram = gram_at(text, at);
            if (!filter_.test(filter_place(gram))) continue;
            for (auto entry = std::lower_bound(by_gram_.begin(), by_gram_.end(),
                                               std::pair(gram, std::size_t{0}));
                 entry != by_gram_.end() && entry->first == gram; ++entry) {
                found.set(entry->second);
            }
        }
        for (std::size_t i = 0; i < others_.size(); ++i) {
            if (found.test(i)) try_one(others_[i]);
        }
    }

private:
    using marks = std::bitset<log_formats.size()>;
    static constexpr unsigned filter_bits = 13;

    static std::size_t filter_place(std::uint32_t gram) {
        return gram * std::uint32_t{2654435761U} >> (32 - filter_bits);
    }

    std::array<std::vector<row>, 256> by_first_;
    std::vector<row> others_;                                     ///< that begin with a part
    marks without_gram_;                                          ///< of others_
    std::vector<std::pair<std::uint32_t, std::size_t>> by_gram_;  ///< places in others_
    std::bitset<std::size_t{1} << filter_bits> filter_;           ///< of the grams in by_gram_
};

}  // namespace

std::optional<format_match> match_log_format(std::string_view text) {
    static const format_index index;
    if (text.empty()) return std::nullopt;
    std::optional<format_match> best;
    std::size_t most = 0;
    index.for_each(text, [&](const format_index::row& row) {
        if (best && row.length <= most) return;
        format_match match{row.format};
        if (!fits(row.format->pattern, text, match)) return;
        best = match;
        most = row.length;
    });
    return best;
}

}  // namespace qslice::sim::diagnosis
