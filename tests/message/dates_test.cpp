#include <qslice/message/dates.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace qslice;

TEST_CASE("times are written in mail's formats, in UTC") {
    CHECK(mail_date({1400972196.9}) == "Sat, 24 May 2014 22:56:36 +0000");
    CHECK(mbox_date({1400972196.9}) == "Sat May 24 22:56:36 2014");
    CHECK(mail_date({0}) == "Thu, 01 Jan 1970 00:00:00 +0000");
    CHECK(mbox_date({0}) == "Thu Jan  1 00:00:00 1970");
    CHECK(mail_date({-1}) == "Wed, 31 Dec 1969 23:59:59 +0000");
    CHECK(mail_date({951782400}) == "Tue, 29 Feb 2000 00:00:00 +0000");
}

TEST_CASE("times outside the years 0 to 9999 are clamped") {
    CHECK(mail_date({1e300}) == "Fri, 31 Dec 9999 23:59:59 +0000");
    CHECK(mail_date({-1e300}) == "Sat, 01 Jan 0000 00:00:00 +0000");
    CHECK(mail_date({std::numeric_limits<double>::quiet_NaN()}) ==
          "Sat, 01 Jan 0000 00:00:00 +0000");
}
