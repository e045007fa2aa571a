/// @file
/// A point in time as in Python's datetime: a calendar date and a time of day, without a time zone.
/// Mailman 3 stores the time at which it received a message in this form; values can hold one.
#pragma once

#include <qslice/core/detail/civil_date.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/core/timestamp.hpp>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

/// A datetime.datetime without a time zone. Mailman 3's are local times of its host. Years 1 to
/// 9999; all other parts in their usual ranges.
struct date_time {
    std::int32_t year = 1;
    std::uint8_t month = 1;
    std::uint8_t day = 1;
    std::uint8_t hour = 0;
    std::uint8_t minute = 0;
    std::uint8_t second = 0;
    std::uint32_t microsecond = 0;
    bool fold = false;  ///< the second of two equal local times when a clock is set back

    friend bool operator==(const date_time&, const date_time&) = default;
};

/// The seconds since the epoch of a date in UTC.
inline timestamp to_timestamp(const date_time& d) noexcept {
    const double midnight =
        static_cast<double>(detail::days_since_epoch({d.year, d.month, d.day})) * 86400.0;
    const double in_day = d.hour * 3600.0 + d.minute * 60.0 + d.second;
    return {midnight + in_day + d.microsecond * 1e-6};
}

/// The date in UTC of a time, to the nearest microsecond; empty outside the years 1 to 9999.
inline std::optional<date_time> to_date_time(timestamp t) noexcept {
    constexpr double first = -62135596800.0;  // 0001-01-01
    constexpr double end = 253402300800.0;    // 10000-01-01
    if (!(t.seconds >= first && t.seconds < end - 1e-6)) return std::nullopt;
    double whole = detail::floor(t.seconds);
    auto micro = static_cast<std::uint32_t>(detail::nearest((t.seconds - whole) * 1e6));
    if (micro == 1'000'000) {
        micro = 0;
        whole += 1;
    }
    const auto days = static_cast<std::int64_t>(detail::floor(whole / 86400));
    const detail::civil_date date = detail::civil_date_of(days);
    const auto in_day = static_cast<unsigned>(static_cast<std::int64_t>(whole) - days * 86400);
    date_time d;
    d.year = date.year;
    d.month = static_cast<std::uint8_t>(date.month);
    d.day = static_cast<std::uint8_t>(date.day);
    d.hour = static_cast<std::uint8_t>(in_day / 3600);
    d.minute = static_cast<std::uint8_t>(in_day / 60 % 60);
    d.second = static_cast<std::uint8_t>(in_day % 60);
    d.microsecond = micro;
    return d;
}

/// "2014-05-24 22:56:36.500000", as Python prints it.
inline std::string to_string(const date_time& d) {
    char text[64];
    int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u %02u:%02u:%02u", d.year, d.month,
                             d.day, d.hour, d.minute, d.second);
    if (d.microsecond != 0) {
        size += std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), ".%06u",
                              d.microsecond);
    }
    return {text, static_cast<std::size_t>(size)};
}

namespace detail {

inline constexpr std::size_t date_time_size = 10;

/// The ten bytes in which Python pickles a datetime; empty for any others.
/// @source CPython Lib/_pydatetime.py, datetime._getstate
inline std::optional<date_time> unpack_date_time(std::string_view bytes) noexcept {
    if (bytes.size() != date_time_size) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    date_time d;
    d.year = byte(0) * 256 + byte(1);
    d.fold = (byte(2) & 0x80) != 0;
    d.month = byte(2) & 0x7f;
    d.day = byte(3);
    d.hour = byte(4);
    d.minute = byte(5);
    d.second = byte(6);
    d.microsecond = static_cast<std::uint32_t>((byte(7) * 256 + byte(8)) * 256 + byte(9));
    const bool valid = d.year >= 1 && d.year <= 9999 && is_valid({d.year, d.month, d.day}) &&
                       d.hour < 24 && d.minute < 60 && d.second < 60 && d.microsecond < 1'000'000;
    return valid ? std::optional(d) : std::nullopt;
}

inline std::string pack_date_time(const date_time& d) {
    const std::uint32_t parts[date_time_size] = {
        static_cast<std::uint32_t>(d.year) / 256,
        static_cast<std::uint32_t>(d.year) % 256,
        d.month + (d.fold ? 0x80u : 0u),
        d.day,
        d.hour,
        d.minute,
        d.second,
        d.microsecond >> 16,
        (d.microsecond >> 8) & 0xff,
        d.microsecond & 0xff,
    };
    std::string bytes;
    for (const std::uint32_t part : parts) bytes += static_cast<char>(part);
    return bytes;
}

}  // namespace detail

}  // namespace qslice
