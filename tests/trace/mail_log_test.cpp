#include "sim/trace/mail_log.hpp"

#include "stream/files.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

mail_log log_of(const std::string& text, mail_log_options options = {}) {
    const scratch_folder folder;
    auto log = read_mail_log(folder.write("log", text), options);
    if (!log) FAIL(log.error().to_string());
    return *log;
}

constexpr const char* postfix =
    "Dec 31 23:59:58 mx postfix/cleanup[2]: 4A1: message-id=<a@example.org>\n"
    "Dec 31 23:59:59 mx postfix/qmgr[3]: 4A1: from=<Ann@example.org>, size=1234, nrcpt=2 (queue "
    "active)\n"
    "Jan  1 00:00:01 mx postfix/lmtp[4]: 4A1: to=<users@lists.example.org>, "
    "relay=127.0.0.1[127.0.0.1]:8024, delay=0.1, status=sent (250 Ok)\n"
    "Jan  1 00:00:01 mx postfix/lmtp[4]: 4A1: to=<users-request@lists.example.org>, "
    "relay=127.0.0.1[127.0.0.1]:8024, delay=0.1, status=sent (250 Ok)\n"
    "Jan  1 00:00:01 mx postfix/smtp[4]: 4A1: to=<ann@example.net>, "
    "relay=mx.example.net[192.0.2.1]:25, delay=0.1, status=sent (250 Ok)\n"
    "Jan  1 00:00:01 mx postfix/qmgr[3]: 4A1: removed\n"
    "Jan  1 00:00:02 mx postfix/qmgr[3]: 4A2: from=<bob@example.org>, size=99, nrcpt=1 (queue "
    "active)\n"
    "Jan  1 00:00:03 mx postfix/local[5]: 4A2: to=<devel@lists.example.org>, relay=local, "
    "delay=0.1, status=sent (delivered to command: /usr/lib/mailman/mail/mailman post devel)\n";

}  // namespace

TEST_CASE("Postfix's log gives posts by command and by LMTP, at the time when they were queued") {
    const mail_log log = log_of(postfix, {.zone = {}, .year = 2025});
    CHECK(log.source == post_source::postfix);
    REQUIRE(log.posts.size() == 2);
    CHECK(log.posts[0].list == "users@lists.example.org");
    CHECK(log.posts[0].sender == "ann@example.org");
    CHECK(log.posts[0].message_id == "a@example.org");
    CHECK(log.posts[0].size_bytes == 1234);
    CHECK(log.posts[0].time == virtual_time(1767225599s));
    CHECK(log.posts[1].list == "devel");
    CHECK(log.posts[1].message_id.empty());
    // The log goes on in the next year.
    CHECK(log.posts[1].time == virtual_time(1767225602s));
}

TEST_CASE("stamps without a year need one") {
    const scratch_folder folder;
    const auto log = read_mail_log(folder.write("mail.log", postfix), {});
    REQUIRE_FALSE(log);
    CHECK(log.error().where.ends_with("mail.log:1"));
    CHECK(log.error().what.find("--year") != std::string::npos);
}

TEST_CASE("Postfix's ISO stamps keep their fractions and offsets") {
    const mail_log log = log_of(
        "2026-01-01T01:00:00.250000+01:00 mx postfix/qmgr[3]: 4A2: from=<b@example.org>, size=99, "
        "nrcpt=1 (queue active)\n"
        "2026-01-01T01:00:01.5+01:00 mx postfix/pipe[5]: 4A2: to=<devel@lists.example.org>, "
        "relay=mailman, delay=0.1, status=sent (delivered via mailman service)\n");
    REQUIRE(log.posts.size() == 1);
    CHECK(log.posts[0].time == virtual_time(1767225600s + 250ms));
}

TEST_CASE("Exim's main log gives what a mailman router delivered, at its arrival") {
    const mail_log log = log_of(
        "2026-11-28 07:00:25.123 +0100 [77] 1abcDE-000123-AB <= ann@example.org H=mx [192.0.2.1] "
        "P=esmtp S=2345 id=a@example.org\n"
        "2026-11-28 07:00:26.200 +0100 [78] 1abcDE-000123-AB => users <users@lists.example.org> "
        "R=mailman_router T=mailman_transport\n"
        "2026-11-28 07:00:26.250 +0100 [78] 1abcDE-000123-AB => ann@example.net R=dnslookup "
        "T=remote_smtp\n"
        "2026-11-28 07:00:26.300 +0100 [77] 1abcDE-000123-AB Completed\n");
    CHECK(log.source == post_source::exim);
    REQUIRE(log.posts.size() == 1);
    CHECK(log.posts[0].list == "users@lists.example.org");
    CHECK(log.posts[0].message_id == "a@example.org");
    CHECK(log.posts[0].size_bytes == 2345);
    CHECK(log.posts[0].time == virtual_time(1795845625s + 123ms));
}

TEST_CASE("the logs of both Mailmans give posts, each once, and not Mailman's own mails") {
    const mail_log two = log_of(
        "May 24 15:23:34 2014 (11512) post to users from ann@example.org, size=2131, "
        "message-id=<1@example.org>, success\n"
        "May 24 15:23:40 2014 (11512) post to users from ann@example.org, size=2131, "
        "message-id=<1@example.org>, 2 failures\n"
        "May 24 15:23:41 2014 (11512) post to users from users-request@example.org, size=99, "
        "message-id=<2@example.org>, success\n");
    REQUIRE(two.posts.size() == 1);
    CHECK(two.repeated == 1);
    CHECK(two.posts[0].list == "users");
    CHECK(two.posts[0].size_bytes == 2131);
    CHECK(two.posts[0].message_id == "1@example.org");
    CHECK(two.posts[0].time == virtual_time(1400945014s));

    const mail_log three = log_of(
        "Nov 28 07:00:25 2026 (25215) <7@example.org> smtp to users@lists.example.org for 3 "
        "recips, completed in 0.1 seconds\n"
        "Nov 28 07:00:25 2026 (25215) <7@example.org> post to users@lists.example.org from "
        "ann@example.org, 178 bytes\n");
    CHECK(three.source == post_source::mailman);
    REQUIRE(three.posts.size() == 1);
    CHECK(three.posts[0].list == "users@lists.example.org");
    CHECK(three.posts[0].size_bytes == 178);
}

TEST_CASE("stamps without an offset are in the zone that was given") {
    mail_log_options options;
    options.zone = *diagnosis::time_zone::parse("+02:00");
    const mail_log log = log_of(
        "May 24 15:23:34 2014 (11512) post to users from ann@example.org, size=2131, "
        "message-id=<1@example.org>, success\n",
        options);
    CHECK(log.posts[0].time == virtual_time(1400937814s));
}

TEST_CASE("a log without posts is an error, not an empty trace") {
    const scratch_folder folder;
    const auto log = read_mail_log(folder.write("log", "nothing\nof the kind\n"), {});
    REQUIRE_FALSE(log);
    CHECK(log.error().what.find("2 lines") != std::string::npos);
}
