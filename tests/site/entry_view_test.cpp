#include "sim/site/entry_view.hpp"

#include "made_site.hpp"

#include <qslice/codec/entry_format.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view post_text = "From: a@b\nSubject: hello\n world\n\nbody\n";
constexpr std::string_view good_name = "1400972196.5+0123456789abcdef0123456789abcdef01234567.pck";

entry_view view(std::string_view name, std::string_view bytes) {
    const made_site site;
    site.file(name, bytes, 1);
    auto entry = view_entry(site.path(name), {});
    REQUIRE(entry);
    return std::move(*entry);
}

template <class Format>
std::string entry_bytes() {
    return Format::message_bytes(post_text) +
           Format::metadata_bytes({{"listname", "test"}, {"version", 3}, {"lang", none{}}});
}

}  // namespace

TEST_CASE("an entry of either Mailman shows its headers and its metadata") {
    for (const std::string& bytes :
         {entry_bytes<mailman21_format>(), entry_bytes<mailman3_format>()}) {
        const entry_view entry = view(good_name, bytes);
        CHECK_FALSE(entry.problem);
        CHECK(entry.stored_as == "text");
        REQUIRE(entry.name);
        CHECK(entry.name->time.seconds == 1400972196.5);
        REQUIRE(entry.head.size() == 2);
        CHECK(entry.head[1].first == "Subject");
        CHECK(entry.head[1].second == "hello world");
        CHECK(entry.data.text("listname") == "test");
        const std::string text = to_text(entry);
        CHECK_THAT(text, Contains("Subject: hello world") && Contains("'test'"));
        CHECK(to_json(entry)["metadata"]["version"] == "3");
    }
}

TEST_CASE("a message stored as an object is described and never made") {
    // A Python 2 instance with one header, protocol 0, and an empty dictionary of metadata.
    const std::string bytes =
        "(iMailman.Message\nMessage\np0\n(dp1\nS'_headers'\np2\n(lp3\n(S'Subject'\nS'hi'\ntp4\na"
        "sb.(dp0\n.";
    const entry_view entry = view(good_name, bytes);
    INFO((entry.problem ? entry.problem->to_string() : std::string()));
    CHECK(entry.stored_as == "Mailman.Message.Message");
    REQUIRE(entry.head.size() == 1);
    CHECK(entry.head[0].second == "hi");
    CHECK_THAT(to_text(entry), Contains("a Python object of Mailman.Message.Message"));
}

TEST_CASE("an entry of Mailman 2.1 shows its encoded subject in words and its times as dates") {
    const std::string object =
        "(iMailman.Message\nMessage\np0\n(dp1\nS'_headers'\np2\n(lp3\n(S'Subject'\n"
        "S'=?utf-8?q?gr=C3=BC=C3=9Fe?=\\n =?utf-8?b?IQ==?= to you'\ntp4\nasS'_unixfrom'\n"
        "S'From anna@example.org'\nsS'_payload'\nS'From here\\n'\nsb.";
    const metadata data{{"received_time", 1400972196.5},
                        {"recips", value_list{{"anna@example.org", "bert@example.org"}}},
                        {"whichq", "/var/lib/mailman/qfiles/in"}};
    const std::string bytes = object + mailman21_format::metadata_bytes(data);
    const entry_view entry = view(good_name, bytes);
    CHECK_FALSE(entry.problem);
    REQUIRE(entry.head.size() == 1);
    CHECK(entry.head[0].second == "gr\u00fc\u00dfe! to you");
    const std::string text = to_text(entry);
    CHECK_THAT(text, Contains("From anna@example.org") && Contains("2014-05-24 22:56:36") &&
                         Contains("'bert@example.org'") &&
                         Contains("'/var/lib/mailman/qfiles/in'"));

    const made_site site;
    site.file(good_name, bytes, 1);
    CHECK(*message_as_sent(site.path(good_name), {}) ==
          "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n =?utf-8?b?IQ==?= to you\n\nFrom here\n");
}

TEST_CASE("an entry of a live Mailman 3 shows its recipients and time, and its message as sent") {
    const std::string file = QSLICE_TEST_DATA
        "/mailman3-live/queue-1-shunted/shunt/"
        "1795815343.6101446+70a2cd197268c1fb5977e7973369e3fc46cabafa.pck";
    const auto entry = view_entry(file, {});
    REQUIRE(entry);
    CHECK_FALSE(entry->problem);
    CHECK(entry->stored_as == "mailman.email.message.Message");
    const std::string text = to_text(*entry);
    CHECK_THAT(text, Contains("Subject: [Test] post 6") && Contains("'cara@example.org'") &&
                         Contains("2026-11-27 21:35:41.958177") && Contains("'pipeline'"));
    const auto message = message_as_sent(file, {});
    REQUIRE(message);
    // Folded, where the queue holds one line.
    CHECK_THAT(*message,
               Contains("X-Mailman-Rule-Misses: dmarc-mitigation; no-senders; approved;") &&
                   Contains("\n loop;") && Contains("Gr\u00fc\u00dfe, Nachricht 6"));
    CHECK_FALSE(message_as_sent("/nowhere/x.pck", {}));
}

TEST_CASE("a call in a pickle is shown as a description, whatever it would do") {
    const entry_view entry = view(good_name, "cposix\nsystem\n(S'touch /nowhere'\ntR.(dp0\n.");
    CHECK_THAT(entry.stored_as, Contains("system"));
}

TEST_CASE("the unreadable part of an entry is reported, and the rest is shown") {
    CHECK(view("odd.pck", entry_bytes<mailman21_format>()).problem);
    CHECK(view("odd.pck", entry_bytes<mailman21_format>()).head.size() == 2);
    CHECK(view(good_name, "").problem);
    CHECK_THAT(to_text(view(good_name, "garbage")), Contains("Could not be parsed"));
    CHECK_THAT(to_text(view(good_name, mailman21_format::message_bytes(post_text))),
               Contains("metadata"));
    CHECK_FALSE(view_entry("/nowhere/x.pck", {}));
}
