#include "sim/forecast/measured_pace.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace qslice::sim;

namespace {

/// Marks of a process as a log has them, in whole seconds.
void work(std::vector<work_mark>& marks, std::uint64_t process, double from_s, double each_s,
          double work_s, int count) {
    for (int i = 1; i <= count; ++i) {
        marks.push_back({std::floor(from_s + each_s * i), work_s, process});
    }
}

}  // namespace

TEST_CASE("the pace of a runner that was never idle is measured from whole seconds") {
    std::vector<work_mark> marks;
    work(marks, 1, 1000, 0.25, 0.2, 400);
    const auto pace = busy_pace(marks);
    REQUIRE(pace);
    CHECK(pace->mean_s == Approx(0.25).epsilon(0.05));
    CHECK(pace->low_s <= pace->mean_s);
    CHECK(pace->high_s >= pace->mean_s);
    CHECK(pace->is_certain());
}

TEST_CASE("quiet hours do not slow the pace that busy ones show") {
    std::vector<work_mark> marks;
    work(marks, 1, 0, 1.2, 0.2, 3000);
    work(marks, 1, 100'000, 0.25, 0.2, 400);
    work(marks, 2, 200'000, 60, 0.2, 500);
    const auto pace = busy_pace(marks);
    REQUIRE(pace);
    CHECK(pace->mean_s == Approx(0.25).epsilon(0.05));
    CHECK(pace->is_certain());
}

TEST_CASE("a runner that waited between entries shows only the most that it takes") {
    std::vector<work_mark> marks;
    work(marks, 1, 0, 1.0, 0.2, 300);
    const auto pace = busy_pace(marks);
    REQUIRE(pace);
    CHECK_FALSE(pace->is_certain());
}

TEST_CASE("two processes of one number on two machines are not one") {
    std::vector<work_mark> marks;
    work(marks, 1, 0, 0.5, 0.45, 200);
    work(marks, std::uint64_t{1} << 40 | 1, 0, 0.5, 0.45, 200);
    const auto pace = busy_pace(marks);
    REQUIRE(pace);
    CHECK(pace->mean_s == Approx(0.5).epsilon(0.05));
}

TEST_CASE("a slow mail server's deliveries are one stretch though they are seconds apart") {
    std::vector<work_mark> marks;
    work(marks, 1, 0, 8.0, 7.5, 40);
    const auto pace = busy_pace(marks);
    REQUIRE(pace);
    CHECK(pace->mean_s == Approx(8.0).epsilon(0.05));
}

TEST_CASE("too few entries show no pace") {
    std::vector<work_mark> marks;
    work(marks, 1, 0, 0.5, 0.4, 10);
    CHECK_FALSE(busy_pace(marks));
    CHECK_FALSE(busy_pace({}));
}
