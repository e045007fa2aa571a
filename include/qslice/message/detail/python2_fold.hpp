/// @file
/// A header field's value as Python 2.7's email.header.Header encodes and folds it.
/// Mailman 2.1's messages are flattened with it.
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

/// Encodes one value; lengths are as Python counts them, which may be below 0.
/// @source CPython 2.7 Lib/email/header.py
class python2_fold {
public:
    /// @returns nothing where Python's ends in an exception
    static std::optional<std::string> encode(const encoded_header& header) {
        return python2_fold(header).run();
    }

private:
    using length = std::ptrdiff_t;
    static constexpr std::string_view split_characters = ";, ";

    explicit python2_fold(const encoded_header& header)
        : header_(header), rest_(header.later_lines) {}

    struct piece {
        std::string bytes;
        const mail_charset* charset;
    };

    std::optional<std::string> run() {
        const length first = header_.first_line;
        length last = 0;
        for (const header_chunk& chunk : header_.chunks) {
            length target = first - last - 1;
            if (target < encoded_size({}, chunk.charset)) target = first;
            split(chunk.text, chunk.charset, target);
            if (failed_ || pieces_.empty()) return std::nullopt;
            last = encoded_size(pieces_.back().bytes, *pieces_.back().charset);
        }
        std::string value = join(first);
        if (embeds_header(value)) return std::nullopt;
        return value;
    }

    static length encoded_size(std::string_view bytes, const mail_charset& charset) {
        const std::string& name =
            charset.output_charset.empty() ? charset.input_charset : charset.output_charset;
        const std::size_t chrome = name.size() + word_chrome;
        const std::size_t base64 = base64_size(bytes.size());
        switch (charset.encoding) {
            case header_encoding::none: return static_cast<length>(bytes.size());
            case header_encoding::base64: return static_cast<length>(base64 + chrome);
            case header_encoding::quoted: return static_cast<length>(quoted_size(bytes) + chrome);
            case header_encoding::shortest: break;
        }
        return static_cast<length>(std::min(base64, quoted_size(bytes)) + chrome);
    }

    /// A chunk between its two codecs. Where a charset has none, bytes count as characters.
    class splittable {
    public:
        splittable(const mail_charset& charset, std::string_view bytes) {
            if (!charset.input_codec.empty()) in_.emplace(charset.input_codec);
            if (!charset.output_codec.empty()) out_.emplace(charset.output_codec);
            decoded_ = in_ && in_->is_known();
            if (decoded_) {
                points_ = in_->decode(bytes);
            } else {
                for (const char c : bytes) points_ += static_cast<unsigned char>(c);
            }
        }
        [[nodiscard]] length size() const { return static_cast<length>(points_.size()); }
        [[nodiscard]] std::string output(length from, length to) const {
            return write(out_, from, to);
        }
        [[nodiscard]] std::string input(length from, length to) const {
            return write(in_, from, to);
        }

    private:
        [[nodiscard]] std::string write(const std::optional<charset_codec>& codec, length from,
                                        length to) const {
            const auto part = std::u32string_view(points_).substr(
                static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
            if (decoded_ && codec && codec->is_known()) return codec->encode(part);
            if (decoded_) return to_utf8(part);
            std::string bytes;
            for (const char32_t point : part) bytes += static_cast<char>(point);
            return bytes;
        }

        std::optional<charset_codec> in_, out_;
        bool decoded_ = false;
        std::u32string points_;
    };

    void split(std::string bytes, const mail_charset& charset, length longest) {
        // Python does it by recursion, which ends at its limit.
        constexpr int most_lines = 900;
        for (int line = 0; line < most_lines; ++line) {
            const splittable text(charset, bytes);
            std::string encoded = text.output(0, text.size());
            const length size = encoded_size(encoded, charset);
            if (size <= longest) {
                pieces_.push_back({std::move(encoded), &charset});
                return;
            }
            if (charset.input_charset == "8bit") {
                pieces_.push_back({std::move(bytes), &charset});
                return;
            }
            if (charset.is_ascii()) {
                std::vector<std::string> lines;
                split_ascii(bytes, longest, split_characters, lines);
                for (std::string& l : lines) pieces_.push_back({std::move(l), &charset});
                return;
            }
            length at = 0;
            if (size == static_cast<length>(bytes.size())) {
                // A slice of Python's: below 0 it counts from the end.
                at = longest >= 0 ? std::min(longest, text.size())
                                  : std::max<length>(text.size() + longest, 0);
            } else {
                at = longest_that_fits(text, charset, longest);
            }
            const std::string first = text.input(0, at);
            const splittable taken(charset, first);
            pieces_.push_back({taken.output(0, taken.size()), &charset});
            bytes = text.input(at, text.size());
            longest = rest_;
        }
        failed_ = true;
    }

    static length longest_that_fits(const splittable& text, const mail_charset& charset,
                                    length longest) {
        length low = 0;
        length high = text.size();
        while (low < high) {
            const length middle = (low + high + 1) >> 1;
            if (encoded_size(text.output(0, middle), charset) <= longest) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    static bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

    static std::string_view strip_left(std::string_view text) noexcept {
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        return text;
    }

    static std::vector<std::string_view> lines_of(std::string_view text) {
        std::vector<std::string_view> lines;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
            lines.push_back(text.substr(0, end));
            text.remove_prefix(end);
            text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
        }
        return lines;
    }

    /// "NAME:", after which no line is to end.
    static bool is_field_name(std::string_view part) noexcept {
        return part.size() >= 2 && part.back() == ':' &&
               std::all_of(part.begin(), part.end(), [](char c) { return c >= '!' && c <= '~'; });
    }

    /// Cuts a line at a character and the white space behind it.
    static std::vector<std::string_view> cut(std::string_view line, char at) {
        std::vector<std::string_view> parts;
        while (true) {
            const std::size_t end = line.find(at);
            parts.push_back(line.substr(0, end));
            if (end == std::string_view::npos) return parts;
            line = strip_left(line.substr(end + 1));
        }
    }

    [[nodiscard]] length continuation_size() const {
        length size = 0;
        for (const char c : header_.continuation) size += c == '\t' ? 8 : 1;
        return size;
    }

    void split_ascii(std::string_view text, length first, std::string_view splits,
                     std::vector<std::string>& all) {
        std::vector<std::string> lines;
        length longest = first;
        for (std::string_view line : lines_of(text)) {
            line = strip_left(line);
            const auto found = std::find_if(splits.begin(), splits.end(), [&](char c) {
                return line.find(c) != std::string_view::npos;
            });
            if (static_cast<length>(line.size()) < longest || found == splits.end()) {
                lines.emplace_back(line);
                longest = rest_;
                continue;
            }
            longest = split_line(line, *found, longest, lines);
            if (failed_) return;
        }
        all.insert(all.end(), std::make_move_iterator(lines.begin()),
                   std::make_move_iterator(lines.end()));
    }

    /// @returns the longest next line
    length split_line(std::string_view line, char at, length longest,
                      std::vector<std::string>& lines) {
        const std::string end = at == ' ' ? "" : std::string(1, at);
        const std::string joiner = end + ' ';
        const auto join_all = [&](const std::vector<std::string>& parts) {
            std::string joined;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                joined += (i == 0 ? "" : joiner) + parts[i];
            }
            return joined;
        };
        std::vector<std::string> here;
        length used = 0;
        for (const std::string_view part : cut(line, at)) {
            const auto joins = static_cast<length>(here.empty() ? 0 : here.size() - 1);
            const length so_far = used + joins * static_cast<length>(joiner.size());
            const auto size = static_cast<length>(part.size());
            const bool behind_name =
                at == ' ' && lines.empty() && here.size() == 1 && is_field_name(here[0]);
            if (behind_name || so_far + size <= longest) {
                here.emplace_back(part);
                used += size;
                continue;
            }
            if (!here.empty()) lines.push_back(join_all(here) + end);
            here.clear();
            if (size > longest && at != ' ') {
                std::vector<std::string> inner;
                split_ascii(part, longest, " ", inner);
                failed_ = failed_ || inner.empty();
                if (failed_) return longest;
                lines.insert(lines.end(), inner.begin(), inner.end() - 1);
                here.push_back(std::move(inner.back()));
            } else {
                here.emplace_back(part);
            }
            used = continuation_size() + static_cast<length>(here.back().size());
            longest = rest_;
        }
        if (!here.empty()) lines.push_back(join_all(here));
        return longest;
    }

    /// All line ends as CR LF, as words carry them.
    static std::string with_mail_ends(std::string_view bytes) {
        std::string text;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const char c = bytes[i];
            if (c == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
                text += "\r\n";
                ++i;
            } else if (c == '\r' || c == '\n') {
                text += "\r\n";
            } else {
                text += c;
            }
        }
        return text;
    }

    static std::string word_of(const piece& p) {
        const header_encoding encoding = encoding_for(p.charset->encoding, p.bytes);
        if (encoding == header_encoding::none) return p.bytes;
        const std::string& charset = p.charset->output_charset.empty() ? p.charset->input_charset
                                                                       : p.charset->output_charset;
        const std::string bytes = with_mail_ends(p.bytes);
        if (encoding == header_encoding::quoted) return encoded_word(bytes, charset, encoding);
        // Base 64 comes in words of at most 76 characters.
        const auto room =
            static_cast<length>(76 - word_chrome) - static_cast<length>(charset.size());
        const auto step = static_cast<std::size_t>(std::max<length>(room * 3 / 4, 1));
        std::string words;
        for (std::size_t i = 0; i < bytes.size(); i += step) {
            if (i > 0) words += "\n ";
            words += encoded_word(std::string_view(bytes).substr(i, step), charset, encoding);
        }
        return words;
    }

    [[nodiscard]] std::string join(length longest) const {
        std::vector<std::string> lines;
        for (const piece& p : pieces_) {
            if (p.bytes.empty()) continue;
            const std::string word = word_of(p);
            const char* extra = !lines.empty() && lines.back().ends_with(' ') ? "" : " ";
            if (!lines.empty() &&
                static_cast<length>(lines.back().size() + word.size()) <= longest) {
                lines.back() += extra + word;
            } else {
                lines.emplace_back(strip_left(word));
            }
        }
        std::string value;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i > 0) value += '\n' + header_.continuation;
            value += lines[i];
        }
        return value;
    }

    const encoded_header& header_;
    length rest_;
    std::vector<piece> pieces_;
    bool failed_ = false;
};

}  // namespace qslice::detail
