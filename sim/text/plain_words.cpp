#include "sim/text/plain_words.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace qslice::sim {

namespace {

/// The length of the UTF-8 sequence at the start of `text`; 0 if there is none or it is a control
/// character.
/// @source RFC 3629, section 4
std::size_t printable_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&](std::size_t i, unsigned from = 0x80, unsigned to = 0xBF) {
        return byte(i) >= from && byte(i) <= to;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
    // U+0080 to U+009F are control characters as well.
    if (first == 0xC2) return follows(1, 0xA0) ? 2 : 0;
    if (first > 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned from = first == 0xE0 ? 0xA0U : 0x80U;
        const unsigned to = first == 0xED ? 0x9FU : 0xBFU;
        return follows(1, from, to) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned from = first == 0xF0 ? 0x90U : 0x80U;
        const unsigned to = first == 0xF4 ? 0x8FU : 0xBFU;
        return follows(1, from, to) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string grouped(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return grouped(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string capitalized(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

std::string age_text(double seconds) {
    if (seconds < 0) return '-' + age_text(-seconds);
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    if (seconds < 119.5) return fmt::format("{:.0f} s", seconds);
    if (seconds < 1e15) {
        const auto minutes = static_cast<std::uint64_t>(seconds / 60);
        const std::uint64_t hours = minutes / 60;
        if (hours == 0) return fmt::format("{} min", minutes);
        if (hours < 48) return fmt::format("{} h {:02} min", hours, minutes % 60);
        if (hours < 48 * 365) return fmt::format("{} d {} h", hours / 24, hours % 24);
        return fmt::format("{:.1f} years", seconds / (365.25 * 86400));
    }
    return fmt::format("{:.3g} years", seconds / (365.25 * 86400));
}

std::string size_text(double bytes) {
    if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
    static constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    for (bytes /= 1024; bytes >= 1023.95 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
    return fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string date_text(double seconds) {
    // Years have four digits; stamps can be any double.
    constexpr double first = -62135596800.0;
    constexpr double behind_last = 253402300800.0;
    if (!(seconds >= first && seconds < behind_last)) return fmt::format("{:.17g} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::floor(seconds));
    return date::format("%F %T", date::sys_seconds{std::chrono::seconds{whole}});
}

std::string share_text(double share) { return fmt::format("{:.1f}%", share * 100); }

std::string slice_text(std::uint64_t slice, std::uint64_t slices) {
    return fmt::format("{}/{}", slice + 1, slices);
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-=:,@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
        return std::string(text);
    }
    const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    std::string word = controls ? "$'" : "'";
    for (const char c : text) {
        if (controls && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) {
            word += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else if (controls && (c == '\'' || c == '\\')) {
            word += '\\';
            word += c;
        } else if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + '\'';
}

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const std::size_t length = printable_sequence(text);
        if (length > 0) {
            shown += text.substr(0, length);
            text.remove_prefix(length);
        } else {
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        }
    }
    return shown;
}

}  // namespace qslice::sim
