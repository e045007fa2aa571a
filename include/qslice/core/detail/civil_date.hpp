/// @file
/// The Gregorian calendar: days since the epoch as year, month and day, and back.
/// Dates in mail and in pickles use it; `<chrono>` takes longer to compile than either.
#pragma once

#include <cstdint>

namespace qslice::detail {

struct civil_date {
    std::int32_t year;
    unsigned month;  ///< from 1
    unsigned day;    ///< from 1

    friend constexpr bool operator==(const civil_date&, const civil_date&) = default;
};

/// Years are counted from March, so that a leap day is the last of its year: month m of such a year
/// begins on its day (153 m + 2) / 5. The calendar repeats after 400 years of 146,097 days.
inline constexpr std::int64_t days_of_400_years = 146'097;
/// Days from 0000-03-01 to 1970-01-01.
inline constexpr std::int64_t days_to_epoch = 719'468;

/// @param date  of a year of at least 0
/// @returns days since 1970-01-01
constexpr std::int64_t days_since_epoch(civil_date date) noexcept {
    const std::int64_t year = std::int64_t{date.year} - (date.month <= 2 ? 1 : 0) + 400;
    const std::int64_t month = date.month <= 2 ? date.month + 9 : date.month - 3;
    const std::int64_t leap_days = year / 4 - year / 100 + year / 400;
    return year * 365 + leap_days + (153 * month + 2) / 5 + date.day - 1 - days_of_400_years -
           days_to_epoch;
}

/// @param days  since 1970-01-01, not before 0000-01-01
constexpr civil_date civil_date_of(std::int64_t days) noexcept {
    const std::int64_t since = days + days_to_epoch + days_of_400_years;
    const std::int64_t in_era = since % days_of_400_years;
    // Without the leap days before it, a day's number is 365 times its year and the rest.
    const std::int64_t in_era_year =
        (in_era - in_era / 1460 + in_era / 36524 - in_era / 146'096) / 365;
    const std::int64_t in_year = in_era - (in_era_year * 365 + in_era_year / 4 - in_era_year / 100);
    const std::int64_t month = (5 * in_year + 2) / 153;
    const auto day = static_cast<unsigned>(in_year - (153 * month + 2) / 5 + 1);
    const std::int64_t year =
        since / days_of_400_years * 400 - 400 + in_era_year + (month >= 10 ? 1 : 0);
    return {static_cast<std::int32_t>(year),
            static_cast<unsigned>(month < 10 ? month + 3 : month - 9), day};
}

/// Whether the calendar has that day.
constexpr bool is_valid(civil_date date) noexcept {
    return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 &&
           civil_date_of(days_since_epoch(date)) == date;
}

static_assert(days_since_epoch({1970, 1, 1}) == 0 && days_since_epoch({2000, 3, 1}) == 11017);
static_assert(civil_date_of(-719'528) == civil_date{0, 1, 1});
static_assert(civil_date_of(2'932'896) == civil_date{9999, 12, 31});
static_assert(is_valid({2000, 2, 29}) && !is_valid({1900, 2, 29}));

}  // namespace qslice::detail
