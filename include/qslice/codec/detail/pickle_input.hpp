/// @file
/// The bytes of a pickle under a cursor: the arguments of opcodes, each read with its checks.
/// The first failure is kept, after which every read gives an empty value.
#pragma once

#include <qslice/codec/value.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/core/unicode.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::detail {

class pickle_input {
public:
    explicit pickle_input(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] const qslice::error& error() const noexcept { return error_; }

    void fail(std::string what) {
        if (failed_) return;
        failed_ = true;
        error_ = {error_code::malformed, "pickle, byte " + std::to_string(at_), std::move(what)};
    }

    void fail_at_opcode(std::string_view expected, char opcode) {
        char hex[2];
        format_hex(static_cast<unsigned char>(opcode), 2, hex);
        --at_;
        fail("expected " + std::string(expected) + ", found 0x" + std::string(hex, 2));
    }

    std::string_view take(std::uint64_t count) {
        if (failed_) return {};
        if (count > bytes_.size() - at_) {
            fail("expected " + std::to_string(count) + " more bytes, found " +
                 std::to_string(bytes_.size() - at_));
            return {};
        }
        const auto taken = bytes_.substr(at_, static_cast<std::size_t>(count));
        at_ += taken.size();
        return taken;
    }

    char byte() {
        const auto b = take(1);
        return b.empty() ? '\0' : b[0];
    }

    std::string_view line() {
        if (failed_) return {};
        const std::size_t end = bytes_.find('\n', at_);
        if (end == std::string_view::npos) {
            fail("expected a line, found the end of the input");
            return {};
        }
        const auto text = bytes_.substr(at_, end - at_);
        at_ = end + 1;
        return text;
    }

    std::string class_name() {
        std::string name(line());
        name += '.';
        name += line();
        return name;
    }

    void check_protocol(char version) {
        if (!failed_ && (version < 0 || version > 5)) {
            fail("expected a protocol of 5 or less, found " + std::to_string(int{version}));
        }
    }

    std::uint64_t little_endian(std::size_t count) {
        const auto raw = take(count);
        std::uint64_t number = 0;
        for (std::size_t i = raw.size(); i-- > 0;) {
            number = (number << 8) | static_cast<unsigned char>(raw[i]);
        }
        return number;
    }

    std::uint64_t decimal_index() {
        std::uint64_t few_digits = 0;
        if (take_few_digits(few_digits)) return few_digits;
        const auto text = line();
        std::uint64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, problem] = std::from_chars(text.data(), end, number);
        if (!failed_ && (problem != std::errc{} || stopped != end)) {
            fail("expected a number, found '" + std::string(text) + "'");
        }
        return number;
    }

    value decimal_integer(std::string_view text) {
        std::int64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, problem] = std::from_chars(text.data(), end, number);
        if (!failed_ && problem == std::errc::result_out_of_range && stopped == end) {
            return big_integer{std::string(text)};
        }
        if (!failed_ && (problem != std::errc{} || stopped != end)) {
            fail("expected an integer, found '" + std::string(text) + "'");
        }
        return number;
    }

    /// A two's complement number, of no more bytes than LONG1 can have.
    value binary_integer(std::uint64_t size) {
        constexpr std::uint64_t most_bytes = 255;
        if (size > most_bytes) {
            fail("expected an integer of at most 255 bytes, found one of " + std::to_string(size));
            return {};
        }
        if (size > 8) return big_integer{to_decimal(take(size))};
        const std::uint64_t raw = little_endian(static_cast<std::size_t>(size));
        if (size == 0) return 0;
        const auto shift = static_cast<int>(64 - 8 * size);
        return std::bit_cast<std::int64_t>(raw << shift) >> shift;
    }

    double decimal_float() {
        const std::string text(line());
        double number = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, problem] = std::from_chars(text.data(), end, number);
        if (!failed_ && (problem != std::errc{} || stopped != end)) {
            fail("expected a float, found '" + text + "'");
        }
        return number;
    }

    double binary_float() {
        const auto raw = take(8);
        std::uint64_t bits = 0;
        for (const char c : raw) bits = (bits << 8) | static_cast<unsigned char>(c);
        return std::bit_cast<double>(bits);
    }

    /// A line that is the repr of a Python 2 str, without its quotes and with its escapes.
    std::string_view quoted_line() {
        auto text = line();
        if (failed_) return {};
        if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') ||
            text.back() != text.front()) {
            fail("expected a quoted string");
            return {};
        }
        return text.substr(1, text.size() - 2);
    }

    /// What a quoted line stands for.
    std::string unescaped(std::string_view text) {
        std::string plain;
        // No escape is shorter than what it stands for.
        plain.reserve(text.size());
        while (true) {
            const std::size_t run = std::min(text.find('\\'), text.size());
            plain.append(text.substr(0, run));
            text.remove_prefix(run);
            if (text.empty()) return plain;
            const escape found = escape_at(text);
            if (found.size == 0) {
                fail("expected an escape of Python's repr, found '" +
                     std::string(text.substr(0, 4)) + "'");
                return {};
            }
            plain += found.byte;
            text.remove_prefix(found.size);
        }
    }

    struct escape {
        std::size_t size = 0;  ///< 0: it is none of Python's repr
        char byte = '\0';      ///< that it stands for
    };
    /// The escape with which a text begins.
    static escape escape_at(std::string_view text) {
        if (text.size() < 2) return {};
        switch (text[1]) {
            case 'n': return {2, '\n'};
            case '\\':
            case '\'':
            case '"': return {2, text[1]};
            case 'a': return {2, '\a'};
            case 'b': return {2, '\b'};
            case 'f': return {2, '\f'};
            case 'r': return {2, '\r'};
            case 't': return {2, '\t'};
            case 'v': return {2, '\v'};
            case 'x': {
                std::uint64_t code = 0;
                if (text.size() < 4 || !parse_hex(text.data() + 2, 2, code)) return {};
                return {4, static_cast<char>(code)};
            }
            default: return {};
        }
    }

    /// Python's raw-unicode-escape, as UTF-8.
    std::string escaped_line() {
        auto text = line();
        std::string plain;
        plain.reserve(text.size());
        while (!text.empty()) {
            if (text.size() >= 6 && text.starts_with("\\u") && take_escape(text, 4, plain))
                continue;
            if (text.size() >= 10 && text.starts_with("\\U") && take_escape(text, 8, plain)) {
                continue;
            }
            append_code_point(plain, static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
            const auto ends = [](char c) {
                return c == '\\' || static_cast<unsigned char>(c) >= 0x80;
            };
            const auto run = std::find_if(text.begin(), text.end(), ends) - text.begin();
            plain.append(text.substr(0, static_cast<std::size_t>(run)));
            text.remove_prefix(static_cast<std::size_t>(run));
        }
        return plain;
    }

private:
    /// Takes a line that is a number of at most four digits.
    bool take_few_digits(std::uint64_t& number) {
        if (failed_) return false;
        const std::string_view next = bytes_.substr(at_, 5);
        std::size_t digits = 0;
        for (; digits < next.size() && next[digits] >= '0' && next[digits] <= '9'; ++digits) {
            number = number * 10 + static_cast<std::uint64_t>(next[digits] - '0');
        }
        if (digits == 0 || digits == next.size() || next[digits] != '\n') return false;
        at_ += digits + 1;
        return true;
    }

    /// The decimal digits of a two's complement number, its lowest byte first.
    static std::string to_decimal(std::string_view bytes) {
        if (bytes.empty()) return "0";
        const bool negative = (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
        std::vector<std::uint32_t> limbs;  // of eight bits, the lowest first
        std::uint32_t carry = negative ? 1 : 0;
        for (const char c : bytes) {
            const std::uint32_t byte = static_cast<unsigned char>(c);
            const std::uint32_t limb = (negative ? ~byte & 0xff : byte) + carry;
            limbs.push_back(limb & 0xff);
            carry = limb >> 8;
        }
        std::string digits;  // the lowest first
        while (!limbs.empty()) {
            std::uint32_t rest = 0;
            for (std::size_t i = limbs.size(); i-- > 0;) {
                const std::uint32_t part = rest * 256 + limbs[i];
                limbs[i] = part / 10;
                rest = part % 10;
            }
            digits += static_cast<char>('0' + rest);
            while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
        }
        if (negative) digits += '-';
        std::reverse(digits.begin(), digits.end());
        return digits;
    }

    static bool take_escape(std::string_view& text, int digits, std::string& plain) {
        std::uint64_t point = 0;
        if (!parse_hex(text.data() + 2, digits, point) || point > 0x10ffff) return false;
        append_code_point(plain, static_cast<char32_t>(point));
        text.remove_prefix(static_cast<std::size_t>(digits) + 2);
        return true;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
    qslice::error error_;
};

}  // namespace qslice::detail
