#include "sim/site/log_format.hpp"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

/// Text that a pattern has as it is; what stands for any text ends where the next one begins.
struct fixed_text {
    std::string_view text;
    bool last = false;  ///< it can only be at the end of an entry
};

/// What a part of a pattern keeps of an entry.
using kept_part = std::string_view format_match::*;

struct any_text {
    kept_part kept = nullptr;
    bool is_word = false;  ///< without a blank
    fixed_text next{};
};

/// A pattern, taken apart once.
class parsed_pattern {
public:
    explicit parsed_pattern(std::string_view pattern)
        : begin_(pattern.substr(0, pattern.find('{'))) {
        pattern.remove_prefix(begin_.size());
        while (!pattern.empty()) {
            const std::size_t close = pattern.find('}');
            any_text part = named(pattern.substr(1, close - 1));
            pattern.remove_prefix(close + 1);
            part.next.text = pattern.substr(0, pattern.find('{'));
            part.next.last = part.next.text.size() == pattern.size();
            pattern.remove_prefix(part.next.text.size());
            parts_.push_back(part);
        }
    }

    /// Matches from left to right.
    bool fits(std::string_view text, format_match& match) const {
        if (!text.starts_with(begin_)) return false;
        text.remove_prefix(begin_.size());
        for (const any_text& part : parts_) {
            const std::size_t end = end_of(part, text);
            if (end == std::string_view::npos) return false;
            if (part.kept != nullptr) match.*part.kept = text.substr(0, end);
            text.remove_prefix(end + part.next.text.size());
        }
        return text.empty();
    }

    [[nodiscard]] std::string_view begin() const { return begin_; }

    /// Its longest fixed text behind a part.
    [[nodiscard]] std::string_view longest_behind() const {
        std::string_view longest;
        for (const any_text& part : parts_) {
            if (part.next.text.size() > longest.size()) longest = part.next.text;
        }
        return longest;
    }

    /// The length of all its fixed text.
    [[nodiscard]] std::size_t fixed_length() const {
        std::size_t length = begin_.size();
        for (const any_text& part : parts_) length += part.next.text.size();
        return length;
    }

private:
    static any_text named(std::string_view name) {
        if (name == "id") return {&format_match::message_id};
        if (name == "base") return {&format_match::base, true};
        if (name == "list") return {&format_match::list, true};
        if (name == "path") return {&format_match::path};
        if (name == "why") return {&format_match::why};
        return {};
    }

    static std::size_t first_word_size(std::string_view text) {
        std::size_t size = 0;
        while (size < text.size() && text[size] != ' ' && text[size] != '\n') ++size;
        return size;
    }

    static std::size_t end_of(const any_text& part, std::string_view text) {
        const auto [next, last] = part.next;
        const std::size_t most = part.is_word ? first_word_size(text) : text.size();
        const std::size_t end = next.empty() ? text.size()
                                : !last      ? text.substr(0, most + next.size()).find(next)
                                : text.ends_with(next) ? text.size() - next.size()
                                                       : text.npos;
        return end <= most ? end : std::string_view::npos;
    }

    std::string_view begin_;
    std::vector<any_text> parts_;
};

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
/// Of so long a fixed text, wherever it stands, one gram stands at a multiple of four.
constexpr std::size_t sure_size = 2 * gram_size - 1;

/// The formats that may fit a text: those that begin with its first gram, and of the others those
/// of which it has a gram. A text's grams are looked at where a multiple of four begins one.
class format_index {
public:
    struct row {
        const log_format* format = nullptr;
        parsed_pattern pattern;
    };

    format_index() {
        rows_.reserve(log_formats.size());
        for (const log_format& format : log_formats) {
            rows_.push_back({&format, parsed_pattern(format.pattern)});
        }
        // The first that fits is the best: that with most fixed text; of equal ones one that does
        // not begin with a part, and the table's first.
        std::stable_sort(rows_.begin(), rows_.end(), [](const row& a, const row& b) {
            const auto rank = [](const row& r) {
                return std::pair(r.pattern.fixed_length(), !r.pattern.begin().empty());
            };
            return rank(a) > rank(b);
        });
        std::unordered_map<std::uint32_t, std::size_t> frequency;
        for (const row& r : rows_) {
            const std::string_view text = r.pattern.longest_behind();
            for (std::size_t at = 0; at + gram_size <= text.size(); ++at) {
                ++frequency[gram_at(text, at)];
            }
        }
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const parsed_pattern& pattern = rows_[i].pattern;
            if (pattern.begin().size() >= gram_size) {
                by_begin_[gram_at(pattern.begin(), 0)].push_back(i);
            } else if (pattern.longest_behind().size() >= sure_size) {
                add_grams(rarest(pattern.longest_behind(), frequency), i);
            } else {
                without_gram_.set(i);
            }
        }
        std::sort(by_gram_.begin(), by_gram_.end());
    }

    /// The first row that fits.
    std::optional<format_match> first_fit(std::string_view text) const {
        marks found = without_gram_;
        if (text.size() >= gram_size) {
            const auto begin = by_begin_.find(gram_at(text, 0));
            if (begin != by_begin_.end()) {
                for (const std::size_t i : begin->second) found.set(i);
            }
        }
        for (std::size_t at = 0; at + gram_size <= text.size(); at += gram_size) {
            const std::uint32_t gram = gram_at(text, at);
            if (!filter_.test(filter_place(gram))) continue;
            for (auto entry = std::lower_bound(by_gram_.begin(), by_gram_.end(),
                                               std::pair(gram, std::size_t{0}));
                 entry != by_gram_.end() && entry->first == gram; ++entry) {
                found.set(entry->second);
            }
        }
        for (std::size_t i = found._Find_first(); i < rows_.size(); i = found._Find_next(i)) {
            format_match match{rows_[i].format};
            if (rows_[i].pattern.fits(text, match)) return match;
        }
        return std::nullopt;
    }

private:
    using marks = std::bitset<log_formats.size()>;
    using frequencies = std::unordered_map<std::uint32_t, std::size_t>;
    static constexpr unsigned filter_bits = 13;

    static std::size_t filter_place(std::uint32_t gram) {
        return gram * std::uint32_t{2654435761U} >> (32 - filter_bits);
    }

    /// The seven characters of a text whose grams fewest other patterns have.
    static std::string_view rarest(std::string_view text, const frequencies& frequency) {
        std::string_view best;
        std::size_t least = std::numeric_limits<std::size_t>::max();
        for (std::size_t at = 0; at + sure_size <= text.size(); ++at) {
            std::size_t sum = 0;
            for (std::size_t i = 0; i < gram_size; ++i) {
                sum += frequency.at(gram_at(text, at + i));
            }
            if (sum < least) best = text.substr(at, sure_size);
            least = std::min(least, sum);
        }
        return best;
    }

    void add_grams(std::string_view text, std::size_t number) {
        for (std::size_t at = 0; at + gram_size <= text.size(); ++at) {
            by_gram_.emplace_back(gram_at(text, at), number);
            filter_.set(filter_place(gram_at(text, at)));
        }
    }

    std::vector<row> rows_;
    std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_begin_;
    marks without_gram_;                                          ///< of rows_
    std::vector<std::pair<std::uint32_t, std::size_t>> by_gram_;  ///< places in rows_
    std::bitset<std::size_t{1} << filter_bits> filter_;           ///< of the grams in by_gram_
};

}  // namespace

std::optional<format_match> match_log_format(std::string_view text) {
    static const format_index index;
    if (text.empty()) return std::nullopt;
    return index.first_fit(text);
}

}  // namespace qslice::sim::diagnosis
