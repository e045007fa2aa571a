/// @file
/// Dates in the formats of mail, always in UTC. Mailing-list digests use it.
#pragma once

#include <qslice/core/detail/civil_date.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/core/timestamp.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

struct calendar_time {
    std::string_view weekday, month;
    int year;
    unsigned day, hour, minute, second;
};

/// For the years 0 to 9999; times outside are clamped.
inline calendar_time calendar_time_of(timestamp t) {
    constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr double first = -62167219200.0;  // 0000-01-01
    constexpr double last = 253402300799.0;   // 9999-12-31 23:59:59
    const double seconds =
        t.seconds >= first ? std::min(floor(t.seconds), last) : first;  // NaN: first
    const auto days = static_cast<std::int64_t>(floor(seconds / 86400));
    const civil_date date = civil_date_of(days);
    const auto in_day = static_cast<unsigned>(static_cast<std::int64_t>(seconds) - days * 86400);
    // 0000-01-01 was a Saturday.
    constexpr std::int64_t from_year_0 = 719'528;
    return {weekdays[static_cast<std::size_t>((days + from_year_0 + 6) % 7)],
            months[date.month - 1],
            date.year,
            date.day,
            in_day / 3600,
            in_day / 60 % 60,
            in_day % 60};
}

}  // namespace detail

/// "Sat, 24 May 2014 22:56:36 +0000"
/// @source RFC 5322, 3.3
inline std::string mail_date(timestamp t) {
    const detail::calendar_time c = detail::calendar_time_of(t);
    char text[48];
    const int size =
        std::snprintf(text, sizeof text, "%.3s, %02u %.3s %04d %02u:%02u:%02u +0000",
                      c.weekday.data(), c.day, c.month.data(), c.year, c.hour, c.minute, c.second);
    return {text, static_cast<std::size_t>(size)};
}

/// "Sat May 24 22:56:36 2014", as in the "From " lines of an mbox.
/// @source RFC 4155
inline std::string mbox_date(timestamp t) {
    const detail::calendar_time c = detail::calendar_time_of(t);
    char text[48];
    const int size =
        std::snprintf(text, sizeof text, "%.3s %.3s %2u %02u:%02u:%02u %04d", c.weekday.data(),
                      c.month.data(), c.day, c.hour, c.minute, c.second, c.year);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace qslice
