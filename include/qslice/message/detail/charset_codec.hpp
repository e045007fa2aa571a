/// @file
/// Bytes of a charset to code points and back, as far as header fields need it: ASCII, Latin-1
/// and UTF-8 here, all others by the system's iconv. Part of the flattening of messages.
#pragma once

#include <qslice/core/unicode.hpp>

#include <iconv.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::detail {

inline std::u32string to_code_points(std::string_view text) {
    std::u32string points;
    points.reserve(text.size());
    while (!text.empty()) points += take_code_point(text);
    return points;
}

inline std::string to_utf8(std::u32string_view points) {
    std::string text;
    text.reserve(points.size());
    for (const char32_t point : points) append_code_point(text, point);
    return text;
}

/// One direction of iconv; invalid input becomes a replacement, as with Python's "replace".
class iconv_converter {
public:
    iconv_converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
    iconv_converter(const iconv_converter&) = delete;
    iconv_converter& operator=(const iconv_converter&) = delete;
    ~iconv_converter() {
        if (is_known()) iconv_close(handle_);
    }

    [[nodiscard]] bool is_known() const noexcept { return handle_ != none(); }

    /// @param unit         how many bytes of input an invalid character takes
    /// @param replacement  in the target's bytes
    std::string convert(std::string_view bytes, std::size_t unit, std::string_view replacement) {
        std::string out;
        std::string input(bytes);
        char* from = input.data();
        std::size_t left = input.size();
        bool flushed = false;
        while (!flushed) {
            char block[256];
            char* to = block;
            std::size_t room = sizeof block;
            // Without input it writes what ends a shifted state.
            const bool at_end = left == 0;
            const std::size_t outcome = at_end ? iconv(handle_, nullptr, nullptr, &to, &room)
                                               : iconv(handle_, &from, &left, &to, &room);
            const int problem = errno;
            out.append(block, to);
            if (outcome == static_cast<std::size_t>(-1) && problem != E2BIG) {
                out += replacement;
                const std::size_t skipped = std::min(unit, left);
                from += skipped;
                left -= skipped;
            } else if (at_end) {
                flushed = outcome != static_cast<std::size_t>(-1);
            }
        }
        return out;
    }

private:
    static iconv_t none() noexcept { return reinterpret_cast<iconv_t>(std::intptr_t{-1}); }
    iconv_t handle_;
};

/// A Python codec by its name.
class charset_codec {
public:
    explicit charset_codec(std::string_view python_name) {
        for (const char c : python_name) {
            name_ += c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        // Two names that only Python's email package uses.
        if (name_ == "eucgb2312-cn") name_ = "gb2312";
        if (name_ == "big5-tw") name_ = "big5";
        const auto is_one_of = [this](auto... names) { return ((name_ == names) || ...); };
        if (is_one_of("us-ascii", "ascii", "646", "ansi-x3.4-1968")) kind_ = kind::ascii;
        if (is_one_of("unknown-8bit")) kind_ = kind::escaped;
        if (is_one_of("utf-8", "utf8", "u8", "utf")) kind_ = kind::utf8;
        if (is_one_of("iso-8859-1", "latin-1", "latin1", "iso8859-1", "8859", "l1", "cp819")) {
            kind_ = kind::latin1;
        }
        if (kind_ == kind::other && !iconv_converter(wide, name_.c_str()).is_known()) {
            kind_ = kind::unknown;
        }
    }

    [[nodiscard]] bool is_known() const noexcept { return kind_ != kind::unknown; }

    /// Whether the bytes of a character do not depend on those before it.
    [[nodiscard]] bool is_stateless() const noexcept { return kind_ != kind::other; }

    [[nodiscard]] std::u32string decode(std::string_view bytes) const {
        std::u32string points;
        if (kind_ == kind::other) {
            const std::string raw =
                iconv_converter(wide, name_.c_str()).convert(bytes, 1, replacement_wide());
            for (std::size_t i = 0; i + 4 <= raw.size(); i += 4) {
                char32_t point = 0;
                for (std::size_t k = 4; k-- > 0;) {
                    point = (point << 8) | static_cast<unsigned char>(raw[i + k]);
                }
                points += point;
            }
            exchange_shift_jis(points, U"\u00a5\u203e", U"\\~");
            return points;
        }
        if (kind_ == kind::utf8) {
            points = to_code_points(bytes);
            for (char32_t& point : points) {
                if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
            }
            return points;
        }
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            points += byte < 0x80 || kind_ == kind::latin1 ? char32_t{byte} : char32_t{0xfffd};
        }
        return points;
    }

    /// @returns nothing when a character is not in the charset
    [[nodiscard]] std::optional<std::string> try_encode(std::u32string_view points) const {
        bool lossless = true;
        std::string bytes = encode(points, &lossless);
        return lossless ? std::optional(std::move(bytes)) : std::nullopt;
    }

    /// A character that is not in the charset becomes '?'.
    [[nodiscard]] std::string encode(std::u32string_view points, bool* lossless = nullptr) const {
        std::string bytes;
        if (kind_ == kind::other) {
            std::string raw;
            std::u32string input(points);
            exchange_shift_jis(input, U"\\~", U"\u00a5\u203e");
            for (const char32_t point : input) {
                for (int shift = 0; shift < 32; shift += 8) {
                    raw += static_cast<char>((point >> shift) & 0xff);
                }
            }
            constexpr std::string_view marker = "?";
            iconv_converter converter(name_.c_str(), wide);
            bytes = converter.convert(raw, 4, marker);
            if (lossless != nullptr) {
                *lossless = decode(bytes) == points;
            }
            return bytes;
        }
        const auto lost = [&] {
            bytes += '?';
            if (lossless != nullptr) *lossless = false;
        };
        for (const char32_t point : points) {
            if (point < 0x80 || (kind_ == kind::latin1 && point < 0x100)) {
                bytes += static_cast<char>(point);
            } else if (kind_ == kind::escaped && is_escaped_byte(point)) {
                bytes += static_cast<char>(point - 0xdc00);
            } else if (kind_ == kind::utf8 && !(point >= 0xd800 && point < 0xe000)) {
                append_code_point(bytes, point);
            } else {
                lost();
            }
        }
        return bytes;
    }

private:
    enum class kind { other, ascii, escaped, latin1, utf8, unknown };

    /// Python's Shift JIS has ASCII's two characters where iconv has those of JIS X 0201.
    void exchange_shift_jis(std::u32string& points, std::u32string_view from,
                            std::u32string_view to) const {
        if (name_ != "shift-jis") return;
        for (char32_t& point : points) {
            const std::size_t at = from.find(point);
            if (at != std::u32string_view::npos) point = to[at];
        }
    }

    static constexpr const char* wide = "UTF-32LE";
    static std::string_view replacement_wide() { return {"\xfd\xff\0\0", 4}; }

    std::string name_;
    kind kind_ = kind::other;
};

}  // namespace qslice::detail
