/// @file
/// A header field's value as Python 3's email.header.Header encodes and folds it.
/// Mailman 3's messages are flattened with it.
#pragma once

#include <qslice/message/detail/charset_codec.hpp>
#include <qslice/message/detail/encoded_word.hpp>
#include <qslice/message/message_object.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

/// Whether Python's str.isspace() says so of a character.
constexpr bool is_python3_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

/// Whether Python's str.splitlines() ends a line there.
constexpr bool is_python3_line_end(char32_t c) noexcept {
    return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

/// Encodes one value, in characters as Python counts them.
/// @source CPython 3.11 Lib/email/header.py, Header.encode and _ValueFormatter
class python3_fold {
public:
    /// @param longest  the longest line, 0 for no limit
    /// @returns nothing where Python's ends in an exception
    static std::optional<std::string> encode(const encoded_header& header, int longest) {
        return python3_fold(header, longest).run();
    }

private:
    using points = std::u32string;
    static constexpr std::u32string_view split_characters = U";, \t";

    python3_fold(const encoded_header& header, int longest)
        : longest_(longest == 0 ? 1'000'000 : static_cast<std::size_t>(longest)),
          continuation_(to_code_points(header.continuation)),
          name_size_(static_cast<std::size_t>(std::max(header.name_size, 0))) {
        // Neighbours of one charset become one.
        for (const header_chunk& chunk : header.chunks) {
            if (!chunks_.empty() && *chunks_.back().charset == chunk.charset) {
                chunks_.back().text += U' ';
                chunks_.back().text += to_code_points(chunk.text);
            } else {
                chunks_.push_back({to_code_points(chunk.text), &chunk.charset});
            }
        }
    }

    struct decoded_chunk {
        points text;
        const mail_charset* charset;
    };

    /// White space and the text behind it, a place at which a line may be folded.
    struct word {
        points blank;
        points text;
    };

    std::optional<std::string> run() {
        const mail_charset* last = nullptr;
        bool is_first = true;
        bool ended_in_space = false;
        for (const auto& [text, charset] : chunks_) {
            if (!is_first) {
                const bool begins_in_space = !text.empty() && divides(text.front());
                if (!last->is_ascii()) {
                    if (!begins_in_space || !charset->is_ascii()) add_transition();
                } else if (!charset->is_ascii() && !ended_in_space) {
                    add_transition();
                }
            }
            ended_in_space = !text.empty() && divides(text.back());
            last = charset;
            is_first = false;
            if (!feed_lines(text, *charset)) return std::nullopt;
        }
        if (!chunks_.empty()) add_transition();
        end_line();
        points value;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (i > 0) value += U'\n';
            value += lines_[i];
        }
        std::string text = to_utf8(value);
        if (embeds_header(text)) return std::nullopt;
        return text;
    }

    static bool divides(char32_t c) noexcept {
        return is_python3_space(c) || c == U'(' || c == U')' || c == U'\\';
    }

    static std::vector<points> lines_of(const points& text) {
        std::vector<points> lines;
        std::size_t begin = 0;
        while (begin < text.size()) {
            std::size_t end = begin;
            while (end < text.size() && !is_python3_line_end(text[end])) ++end;
            lines.push_back(text.substr(begin, end - begin));
            const bool both = end + 1 < text.size() && text[end] == U'\r' && text[end + 1] == U'\n';
            begin = end + (both ? 2 : 1);
        }
        return lines;
    }

    bool feed_lines(const points& text, const mail_charset& charset) {
        const std::vector<points> lines = lines_of(text);
        if (!feed({}, lines.empty() ? points() : lines.front(), charset)) return false;
        for (std::size_t i = 1; i < lines.size(); ++i) {
            end_line();
            const auto first = std::find_if_not(lines[i].begin(), lines[i].end(), is_python3_space);
            const points blank(lines[i].begin(), first);
            const points rest(first, lines[i].end());
            const bool fed = charset.encoding != header_encoding::none
                                 ? feed(continuation_, U' ' + rest, charset)
                                 : feed(blank, rest, charset);
            if (!fed) return false;
        }
        if (lines.size() > 1) end_line();
        return true;
    }

    bool feed(const points& blank, const points& text, const mail_charset& charset) {
        if (charset.encoding == header_encoding::none) {
            split_at_blanks(blank + text);
            return true;
        }
        auto words = encode_lines(text, charset);
        if (!words) return false;
        std::vector<std::optional<std::string>>& all = *words;
        if (all.front()) append(blank, to_code_points(*all.front()));
        if (all.size() == 1) return true;
        end_line();
        current_.push_back({continuation_, to_code_points(*all.back())});
        for (std::size_t i = 1; i + 1 < all.size(); ++i) {
            lines_.push_back(continuation_ + to_code_points(*all[i]));
        }
        return true;
    }

    /// Words that fit the lines; the first may be missing, where nothing fits the present line.
    std::optional<std::vector<std::optional<std::string>>> encode_lines(
        const points& text, const mail_charset& charset) const {
        const std::string codec_name =
            charset.output_codec.empty() ? "us-ascii" : charset.output_codec;
        const std::string& shown =
            charset.output_charset.empty() ? charset.input_charset : charset.output_charset;
        const charset_codec codec(codec_name);
        const charset_codec measured(shown);
        if (!codec.is_known() || !measured.is_known()) return std::nullopt;
        const auto whole = codec.try_encode(text);
        if (!whole) return std::nullopt;
        const header_encoding encoding = encoding_for(charset.encoding, *whole);
        const auto size_of = [&](std::string_view bytes) {
            return encoding == header_encoding::base64 ? base64_size(bytes.size())
                                                       : quoted_size(bytes);
        };
        const auto chrome = static_cast<std::ptrdiff_t>(shown.size() + word_chrome);
        const auto room_in = [&](std::size_t line, std::size_t used) {
            return static_cast<std::ptrdiff_t>(line) - static_cast<std::ptrdiff_t>(used) - chrome;
        };
        std::vector<std::optional<std::string>> lines;
        std::ptrdiff_t room = room_in(longest_, current_size());
        points here;
        std::string bytes;
        for (const char32_t c : text) {
            here += c;
            std::string longer;
            if (measured.is_stateless()) {
                longer = bytes + measured.encode({&c, 1});
            } else {
                longer = measured.encode(here);
            }
            if (static_cast<std::ptrdiff_t>(size_of(longer)) > room) {
                here.pop_back();
                if (lines.empty() && here.empty()) {
                    lines.emplace_back(std::nullopt);
                } else {
                    lines.emplace_back(encoded_word(codec.encode(here), codec_name, encoding));
                }
                here.assign(1, c);
                longer = measured.encode(here);
                room = room_in(longest_, continuation_.size());
            }
            bytes = std::move(longer);
        }
        lines.emplace_back(encoded_word(codec.encode(here), codec_name, encoding));
        return lines;
    }

    static bool is_fold(char32_t c) noexcept { return c == U' ' || c == U'\t'; }

    void split_at_blanks(const points& text) {
        std::size_t at = 0;
        while (at < text.size()) {
            std::size_t begin = at;
            while (at < text.size() && is_fold(text[at])) ++at;
            points blank = text.substr(begin, at - begin);
            begin = at;
            while (at < text.size() && !is_fold(text[at])) ++at;
            append(std::move(blank), text.substr(begin, at - begin));
        }
    }

    [[nodiscard]] std::size_t current_size() const {
        std::size_t size = name_size_;
        for (const word& w : current_) size += w.blank.size() + w.text.size();
        return size;
    }

    [[nodiscard]] points current_line() const {
        points line;
        for (const word& w : current_) line += w.blank + w.text;
        return line;
    }

    void add_transition() { current_.push_back({U" ", {}}); }

    void end_line() {
        if (!current_.empty() && current_.back().blank == U" " && current_.back().text.empty()) {
            current_.pop_back();
        }
        if (current_size() > 0) {
            points line = current_line();
            const bool only_blank =
                name_size_ == 0 && std::all_of(line.begin(), line.end(), is_python3_space);
            if (only_blank && !lines_.empty()) {
                lines_.back() += line;
            } else {
                lines_.push_back(std::move(line));
            }
        }
        start_line({});
    }

    void start_line(std::vector<word> words) {
        current_ = std::move(words);
        name_size_ = 0;
    }

    void append(points blank, points text) {
        current_.push_back({std::move(blank), std::move(text)});
        if (current_size() <= longest_) return;
        for (const char32_t split : split_characters) {
            for (std::size_t i = current_.size() - 1; i > 0; --i) {
                const points& before = current_[i].blank;
                const points& previous = current_[i - 1].text;
                const bool at_blank =
                    is_python3_space(split) && !before.empty() && before.front() == split;
                const bool behind = !previous.empty() && previous.back() == split;
                if (!at_blank && !behind) continue;
                std::vector<word> rest(
                    std::make_move_iterator(current_.begin() + static_cast<std::ptrdiff_t>(i)),
                    std::make_move_iterator(current_.end()));
                current_.resize(i);
                lines_.push_back(current_line());
                start_line(std::move(rest));
                return;
            }
        }
        word last = std::move(current_.back());
        current_.pop_back();
        if (name_size_ > 0) {
            // The name stays on a line by itself; behind it comes always a blank.
            end_line();
            if (last.blank.empty()) last.blank = U" ";
        }
        current_.push_back(std::move(last));
    }

    std::size_t longest_;
    points continuation_;
    std::size_t name_size_;  ///< of the field's name, as long as the present line is the first
    std::vector<decoded_chunk> chunks_;
    std::vector<points> lines_;
    std::vector<word> current_;
};

}  // namespace qslice::detail
