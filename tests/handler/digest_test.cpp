#include "support/test_site.hpp"

#include <qslice/handler/digest.hpp>

#include <catch2/catch.hpp>

using namespace qslice;
using test::test_site;
using strings = std::vector<std::string>;

namespace {

result<verdict> collect(test_site& t, std::string text, metadata data = {}) {
    queued_message m{std::move(text), std::move(data)};
    post p{m, t.users()};
    return to_digest{}(t.site, p);
}

std::string mbox(const test_site& t) {
    return test::read_file(t.site.list_directory("users") + "/digest.mbox");
}

const char* const first = "From: Ada <ada@example.org>\nSubject: one\n\nFrom here on\nnothing\n";

}  // namespace

TEST_CASE("posts are collected with sender and date, and lines like an mbox's own are quoted") {
    test_site t;
    t.users().digest_recipients = {"dan@example.org"};
    REQUIRE(collect(t, first));
    t.world.control().now += 60;
    REQUIRE(collect(t, "Subject: two\n\nno end of line"));
    CHECK(mbox(t) ==
          "From ada@example.org Sat May 24 22:56:36 2014\nFrom: Ada <ada@example.org>\n"
          "Subject: one\n\n>From here on\nnothing\n\n"
          "From MAILER-DAEMON Sat May 24 22:57:36 2014\nSubject: two\n\nno end of line\n\n");
}

TEST_CASE("collected posts are durable: file and directory are synced") {
    test_site t;
    t.users().digest_recipients = {"dan@example.org"};
    t.world.control().synced_directories.clear();
    REQUIRE(collect(t, first));
    CHECK(t.world.control().synced_files ==
          strings{t.site.list_directory("users") + "/digest.mbox"});
    CHECK(t.world.control().synced_directories ==
          strings{t.site.list_directory(""), t.site.list_directory("users")});
}

TEST_CASE("neither digests nor posts of lists without digest members are collected") {
    test_site t;
    REQUIRE(collect(t, first));
    t.users().digest_recipients = {"dan@example.org"};
    REQUIRE(collect(t, first, {{"isdigest", true}}));
    CHECK(mbox(t).empty());
    CHECK_FALSE(send_digest(t.site, t.users()).value());
}

TEST_CASE("a digest is sent when its size is reached, with its own date and id") {
    test_site t;
    t.users().digest_recipients = {"dan@example.org"};
    t.users().digest_threshold_bytes = 150;
    REQUIRE(collect(t, first));
    CHECK(t.names("virgin").empty());
    REQUIRE(collect(t, first));
    CHECK(mbox(t).empty());
    const auto sent = t.waiting("virgin");
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].text.str().starts_with(
        "From: users-request\nSubject: users Digest\n"
        "Message-ID: <digest.1400972196.25@users.example.org>\n"
        "Date: Sat, 24 May 2014 22:56:36 +0000\n"
        "MIME-Version: 1.0\nContent-Type: application/mbox\n\nFrom ada@example.org "));
    CHECK(sent[0].data.texts("recips") == strings{"dan@example.org"});
    CHECK(sent[0].data.flag("isdigest"));
    CHECK(sent[0].data.text("listname") == "users");
}

TEST_CASE("a digest that cannot be queued keeps its posts for the next time") {
    test_site t;
    t.users().digest_recipients = {"dan@example.org"};
    REQUIRE(collect(t, first));
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "write" && path.find("/virgin/") != std::string::npos
                   ? std::optional(error_code::no_space)
                   : std::nullopt;
    };
    CHECK(send_digest(t.site, t.users()).error().code == error_code::no_space);
    CHECK_FALSE(mbox(t).empty());
    t.world.control().fail = nullptr;
    CHECK(send_digest(t.site, t.users()).value());
    CHECK(mbox(t).empty());
}
