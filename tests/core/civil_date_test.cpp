#include <qslice/core/detail/civil_date.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>

namespace qslice::detail {
namespace {

/// @returns the number of days at which the calendar and the standard library's differ
int differences(std::int64_t from, std::int64_t to, std::int64_t step) {
    int count = 0;
    for (std::int64_t day = from; day <= to; day += step) {
        const std::chrono::year_month_day known{
            std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
        const civil_date date = civil_date_of(day);
        const bool same = date.year == static_cast<int>(known.year()) &&
                          date.month == static_cast<unsigned>(known.month()) &&
                          date.day == static_cast<unsigned>(known.day());
        if (!same || days_since_epoch(date) != day) ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("the calendar is the standard library's from the year 0 to 9999") {
    constexpr std::int64_t first = -719'528;  // 0000-01-01
    constexpr std::int64_t last = 2'932'896;  // 9999-12-31
    CHECK(differences(first, last, 61) == 0);
    CHECK(differences(first, first + 1000, 1) == 0);
    CHECK(differences(last - 1000, last, 1) == 0);
    CHECK(differences(-40'000, 60'000, 1) == 0);
}

TEST_CASE("a day that no month has is not valid") {
    CHECK(is_valid({2024, 2, 29}));
    CHECK_FALSE(is_valid({2023, 2, 29}));
    CHECK_FALSE(is_valid({2100, 2, 29}));
    CHECK_FALSE(is_valid({2024, 4, 31}));
    CHECK_FALSE(is_valid({2024, 0, 1}));
    CHECK_FALSE(is_valid({2024, 13, 1}));
    CHECK_FALSE(is_valid({2024, 1, 0}));
}

}  // namespace qslice::detail
