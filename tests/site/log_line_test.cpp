#include "sim/site/log_line.hpp"

#include "sim/site/time_zone.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <variant>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

template <class Event>
Event read(std::string_view text) {
    INFO(text);
    const auto line = parse_log_line(text);
    REQUIRE(line);
    const auto* event = std::get_if<Event>(&line->event);
    REQUIRE(event != nullptr);
    return *event;
}

/// The text after a stamp.
std::string stamped(std::string_view text) {
    return "May 24 15:23:34 2014 (11512) " + std::string(text);
}

}  // namespace

TEST_CASE(
    "the lines of the original report are parsed, on one line, on two, and quoted in a mail") {
    const auto exit = read<subprocess_exit>(
        "May 24 15:23:34 2014 (11512) Master qrunner detected subprocess exit (pid: 11516, sig: "
        "None, sts: 15, class: IncomingRunner, slice: 1/3)");
    CHECK(exit.pid == 11516);
    CHECK_FALSE(exit.signal);
    CHECK(exit.status == 15);
    CHECK(exit.runner == "IncomingRunner");
    CHECK(exit.slice == 0);
    CHECK(exit.slices == 3);
    CHECK_FALSE(exit.restarting);
    const auto second = read<subprocess_exit>(
        "May 24 15:21:56 2014 (12767) Master qrunner detected subprocess exit\n(pid: 12769, sig: "
        "None, sts: 15, class: BounceRunner, slice: 2/3) ");
    CHECK(second.runner == "BounceRunner");
    CHECK(second.slice == 1);
    const auto third = read<subprocess_exit>(
        "> May 24 15:22:16 2014 (31849) Master qrunner detected subprocess exit\n> (pid: 31858, "
        "sig: None, sts: 15, class: VirginRunner, slice: 3/3)");
    CHECK(third.runner == "VirginRunner");
    CHECK(third.slice == 2);
}

TEST_CASE("an entry's stamp gives its local time and process") {
    const auto line =
        parse_log_line("May 24 15:23:34 2014 (11512) IncomingRunner qrunner started.");
    REQUIRE(line);
    CHECK(line->local_s == 1400945014);
    CHECK(line->pid == 11512);
    CHECK(read_stamp("Jan  1 00:00:00 1970 (1) x")->local_s == 0);
    CHECK(read_stamp("Feb 29 12:00:00 2012 qrunner(77): Traceback")->pid == 77);
}

TEST_CASE("a line without a stamp is malformed") {
    for (const std::string_view text :
         {"", "Traceback (most recent call last):", "Foo 24 15:23:34 2014 (1) x",
          "May 32 15:23:34 2014 (1) x", "Feb 29 12:00:00 2013 (1) x", "May 24 25:23:34 2014 (1) x",
          "May 24 15:23 2014 (1) x", "May 24 15:23:34 2014 x", "May 24 15:23:34 2014 (x) y",
          "May 24 15:23:34 2014 (1)x", "Mai 24 15:23:34 2014 (1) x", "2014-05-24 15:23:34 (1) x"}) {
        INFO(text);
        const auto line = parse_log_line(text);
        REQUIRE_FALSE(line);
        CHECK_THAT(line.error().to_string(), Contains("Mon DD HH:MM:SS YYYY"));
    }
}

TEST_CASE("starts, ends and signals of runners are read in the form of either Mailman") {
    CHECK(read<runner_started>(stamped("IncomingRunner qrunner started.")).runner ==
          "IncomingRunner");
    CHECK(read<runner_started>(stamped("in runner started.")).runner == "in");
    CHECK(read<runner_exiting>(stamped("OutgoingRunner qrunner exiting.")).runner ==
          "OutgoingRunner");
    const auto caught =
        read<runner_caught>(stamped("IncomingRunner qrunner caught SIGTERM.  Stopping."));
    CHECK(caught.runner == "IncomingRunner");
    CHECK(caught.signal == "SIGTERM");
    CHECK(read<runner_caught>(stamped("out runner caught SIGHUP.  Reopening logs.")).signal ==
          "SIGHUP");
    CHECK(read<master_event>(stamped("Master started")).happened == master_event::what::started);
    CHECK(read<master_event>(stamped("Master watcher caught SIGTERM.  Exiting.")).signal ==
          "SIGTERM");
    const auto limit = read<restart_limit>(
        stamped("Qrunner IncomingRunner reached maximum restart limit of 10, not restarting."));
    CHECK(limit.runner == "IncomingRunner");
    CHECK(limit.limit == 10);
    CHECK(read<restart_limit>(
              stamped("Runner in reached maximum restart limit of 10, not restarting."))
              .runner == "in");
    const auto exit = read<subprocess_exit>(
        stamped("Master detected subprocess exit\n(pid: 7, why: SIGNAL 9, class: out, slice: 2/4) "
                "[restarting]"));
    CHECK(exit.signal == 9);
    CHECK(exit.restarting);
    CHECK(exit.slices == 4);
}

TEST_CASE("deliveries and posts are read, whatever the message id contains") {
    const auto sent =
        read<delivered>(stamped("<4F@ex> smtp to test for 3 recips, completed in 0.125 seconds"));
    CHECK(sent.message_id == "<4F@ex>");
    CHECK(sent.list == "test");
    CHECK(sent.recipients == 3);
    CHECK(sent.seconds == 0.125);
    CHECK(read<delivered>(stamped("<a smtp to b for 9 recips> smtp to l@x.org for 1 recips, "
                                  "completed in 1e-05 seconds"))
              .list == "l@x.org");
    CHECK(read<posted>(stamped("post to test from a@b, size=1234, message-id=<x>, success")).list ==
          "test");
    CHECK_FALSE(read<posted>(stamped("<x> post to l@x from a@b, 12 bytes, 3 failures")).success);
    CHECK(read<posted>(stamped("<x> post to l@x from a@b, 12 bytes")).success);
    CHECK_FALSE(read<posted>(stamped("delivery to a@b failed with code 550: no")).success);
}

TEST_CASE("moderation and errors are read") {
    CHECK(read<vetted>(stamped("Message discarded, msgid: <x>\n list: l, handler: Moderate"))
              .happened == vetted::what::discarded);
    CHECK(read<vetted>(stamped("l post from a@b held, message-id=<x>: Post by non-member"))
              .happened == vetted::what::held);
    CHECK(read<vetted>(stamped("DISCARD: <x>; reason")).happened == vetted::what::discarded);
    const auto shunted = read<entry_trouble>(stamped("SHUNTING: 1400972196.5+abc"));
    CHECK(shunted.happened == entry_trouble::what::shunted);
    CHECK(shunted.base == "1400972196.5+abc");
    CHECK(
        read<entry_trouble>(stamped("SHUNTING FAILED, preserving original entry: 1+a")).happened ==
        entry_trouble::what::shunt_failed);
    CHECK(
        read<entry_trouble>(stamped("Skipping and preserving unparseable message: 1+a")).happened ==
        entry_trouble::what::unparseable);
    CHECK(read<entry_trouble>(stamped(".bak file max count, preserving file: 1+a")).happened ==
          entry_trouble::what::bak_limit);
    CHECK(
        read<entry_trouble>(stamped("Unpickling .bak exception: EOF\nPreserving file: 1+a")).base ==
        "1+a");
    CHECK_FALSE(read<exception_text>(stamped("Uncaught runner exception: boom")).about_a_name);
    CHECK(read<exception_text>(stamped("Traceback (most recent call last):\n  File "
                                       "\"Switchboard.py\", line 1, in files\n"
                                       "ValueError: need more than 1 value to unpack"))
              .about_a_name);
}

TEST_CASE("any other line is some other entry, and near misses are not events") {
    for (const char* text :
         {"", "hello", "qrunner started.", "two words qrunner started.",
          "Master qrunner detected subprocess exit",
          "Master qrunner detected subprocess exit (pid: 1, sig: None, sts: 15, class: X, slice: "
          "0/3)",
          "Master qrunner detected subprocess exit (pid: 1, sig: None, sts: 15, class: X, slice: "
          "4/3)",
          "Master qrunner detected subprocess exit (pid: x, sig: None, sts: 15, class: X, slice: "
          "1/3)",
          "<x> smtp to l for many recips, completed in 1 seconds"}) {
        read<other_text>(stamped(text));
    }
}

TEST_CASE("for any bytes the parser of log entries either succeeds or returns an error") {
    CHECK(rc::check([] {
        const auto base = *rc::gen::element<std::string>(
            "May 24 15:23:34 2014 (11512) Master qrunner detected subprocess exit\n(pid: 1, sig: "
            "None, sts: 15, class: X, slice: 1/3)",
            "May 24 15:23:34 2014 (1) <a> smtp to b for 3 recips, completed in 0.1 seconds",
            "May 24 15:23:34 2014 (1) post to a from b, size=3, message-id=<x>, success",
            "May 24 15:23:34 2014 (1) X qrunner caught SIGTERM.  Stopping.",
            "May 24 15:23:34 2014 (1) Unpickling .bak exception: x\npreserving file: y");
        std::string text = base;
        const auto changes = *rc::gen::inRange(0, 6);
        for (int i = 0; i < changes && !text.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            switch (*rc::gen::inRange(0, 3)) {
                case 0: text[at] = *rc::gen::arbitrary<char>(); break;
                case 1: text.erase(at, *rc::gen::inRange<std::size_t>(1, 12)); break;
                default: text.insert(at, 1, *rc::gen::arbitrary<char>()); break;
            }
        }
        const auto parsed = parse_log_line(text);
        RC_ASSERT(parsed.has_value() == read_stamp(text).has_value());
        continues(text, text);
    }));
}

TEST_CASE("time zones are offsets or names, and respect daylight saving time") {
    const auto utc = [](std::string_view zone, std::int64_t local,
                        std::optional<std::int64_t> previous = {}) {
        const auto parsed = time_zone::parse(zone);
        INFO(zone);
        REQUIRE(parsed);
        return parsed->to_utc(local, previous);
    };
    constexpr std::int64_t local = 1400945014;  // May 24 15:23:34 2014
    CHECK(utc("UTC", local) == local);
    CHECK(utc("+02:00", local) == local - 7200);
    CHECK(utc("-0530", local) == local + 19800);
    CHECK(utc("+2", local) == local - 7200);
    CHECK(utc("Europe/Berlin", local) == local - 7200);
    // Oct 26 2014, 02:30 is shown twice.
    constexpr std::int64_t twice = 1414290600;
    CHECK(utc("Europe/Berlin", twice) == twice - 7200);
    CHECK(utc("Europe/Berlin", twice, twice - 7200 + 1800) == twice - 3600);
    for (const std::string_view text :
         {"", "+", "+25", "+1:5", "+02:99", "Nowhere/City", "2", "+12345", "berlin"}) {
        INFO(text);
        const auto zone = time_zone::parse(text);
        REQUIRE_FALSE(zone);
        CHECK_THAT(zone.error().what, Contains("Europe/Berlin"));
    }
}
