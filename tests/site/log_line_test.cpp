#include "sim/site/log_line.hpp"

#include "sim/site/log_format.hpp"
#include "sim/site/log_stamp.hpp"
#include "sim/site/time_zone.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

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

TEST_CASE("the lines of the original report are parsed, on one line and on two") {
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
          "May 24 15:23:34 2014 (1)x", "Moi 24 15:23:34 2014 (1) x", "2014-05-24 (1) x"}) {
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
    const std::string text =
        stamped("<4F@ex> smtp to test for 3 recips, completed in 0.125 seconds");
    const auto sent = read<delivered>(text);
    CHECK(sent.message_id == "<4F@ex>");
    CHECK(sent.list == "test");
    CHECK(sent.recipients == 3);
    CHECK(sent.seconds == 0.125);
    const std::string odd = stamped(
        "<a smtp to b for 9 recips> smtp to l@x.org for 1 recips, completed in 1e-05 seconds");
    CHECK(read<delivered>(odd).list == "l@x.org");
    const std::string post = stamped("post to test from a@b, size=1234, message-id=<x>, success");
    CHECK(read<posted>(post).list == "test");
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
    const auto shunted = read<trouble_entry>(stamped("SHUNTING: 1400972196.5+abc"));
    CHECK(shunted.topic == log_topic::shunted);
    CHECK(shunted.base == "1400972196.5+abc");
    CHECK(read<trouble_entry>(stamped("SHUNTING FAILED, preserving original entry: 1+a")).topic ==
          log_topic::shunt_failed);
    CHECK(read<trouble_entry>(stamped("Skipping and preserving unparseable message: 1+a")).topic ==
          log_topic::preserved);
    CHECK(read<trouble_entry>(stamped("Ignoring unparseable message: 1+a")).topic ==
          log_topic::thrown_away);
    CHECK(read<trouble_entry>(stamped(".bak file max count, preserving file: 1+a")).topic ==
          log_topic::bak_limit);
    const auto unreadable =
        read<trouble_entry>(stamped("Unpickling .bak exception: EOF\nPreserving file: 1+a"));
    CHECK(unreadable.base == "1+a");
    CHECK(unreadable.cause == "EOF");
    CHECK(read<trouble_entry>(stamped("Uncaught runner exception: boom")).topic ==
          log_topic::exception);
    const auto name =
        read<trouble_entry>(stamped("Traceback (most recent call last):\n  File "
                                    "\"Switchboard.py\", line 1, in files\n"
                                    "ValueError: need more than 1 value to unpack"));
    CHECK(name.topic == log_topic::malformed_name);
    CHECK(name.cause == "ValueError: need more than 1 value to unpack");
}

TEST_CASE("a chain of exceptions is told by the last one, whatever lines that has") {
    const auto chained = read<trouble_entry>(
        stamped("Exception in \"hyperkitty\" archiver\nTraceback (most recent call last):\n"
                "  File \"a.py\", line 1, in f\n    g()\nssl.SSLError: first\n\nDuring handling of "
                "the above exception, another exception occurred:\n\nTraceback (most recent call "
                "last):\n  File \"b.py\", line 2, in h\n    k()\n    ^^^\n"
                "sqlalchemy.exc.IntegrityError: (duplicate key)\n[SQL: INSERT INTO x]\n"));
    CHECK(chained.topic == log_topic::archiver);
    CHECK(chained.cause == "sqlalchemy.exc.IntegrityError: (duplicate key)");
}

TEST_CASE("a missing backup file is a sign of a second runner, any other failure is not") {
    const auto topic = [](std::string_view why) {
        return read<trouble_entry>(
                   stamped("Failed to unlink/preserve backup file: /q/out/1.5+ab.bak\n" +
                           std::string(why)))
            .topic;
    };
    CHECK(topic("[Errno 2] No such file or directory") == log_topic::raced);
    CHECK(topic("[Errno 13] Permission denied") == log_topic::bak_stays);
    CHECK(topic("Traceback (most recent call last):\n  File \"s.py\", line 183, in finish\n"
                "FileNotFoundError: [Errno 2] No such file or directory: '/q/out/1.5+ab.bak'") ==
          log_topic::raced);
}

TEST_CASE("Mailman 3's debug entries name a process's slice, and what a look at a queue found") {
    const auto named = read<slice_named>(stamped("[32305] archive:0:4"));
    CHECK(named.pid == 32305);
    CHECK(named.runner == "archive");
    CHECK(named.slices == 4);
    const auto own =
        read<slice_named>(stamped("starting: ['/usr/bin/python3', '-C', 'x', '--runner=out:2:4']"));
    CHECK(own.pid == 11512);
    CHECK(own.slice == 2);
    read<routine_text>(stamped("starting: ['/usr/lib/mailman3/bin/master', '-C', 'x']"));
    CHECK(read<looked>(stamped("[DigestRunner] ending oneloop: 3")).found == 3);
}

TEST_CASE("the format with the most fixed text is found, and names its parts") {
    const auto low = match_log_format("Low level smtp error: (111, 'refused'), msgid: <1@x>");
    REQUIRE(low);
    CHECK(low->format->topic == log_topic::mail_server_down);
    CHECK(low->why == "(111, 'refused')");
    CHECK(low->message_id == "<1@x>");
    const auto missing =
        match_log_format(R"(<2@x> runner "in" shunting message for missing list: a)");
    REQUIRE(missing);
    CHECK(missing->format->topic == log_topic::missing_list);
    CHECK(missing->list == "a");
    CHECK_FALSE(match_log_format("SHUNTING: two words"));
    CHECK_FALSE(match_log_format("nothing that Mailman writes"));
}

TEST_CASE("each format is found wherever in the entry its text stands") {
    const auto filled = [](std::string_view pattern, std::size_t size) {
        std::string text;
        bool inside = false;
        for (const char c : pattern) {
            if (c == '{') text.append(size, 'x');
            inside = c == '{' || (inside && c != '}');
            if (!inside && c != '}') text += c;
        }
        return text;
    };
    for (const log_format& format : log_formats) {
        for (std::size_t size = 1; size <= 4; ++size) {
            const std::string entry = filled(format.pattern, size);
            const auto match = match_log_format(entry);
            INFO(entry);
            REQUIRE(match);
            // Another one may have more of its text.
            CHECK(filled(match->format->pattern, 0).size() >= filled(format.pattern, 0).size());
        }
    }
}

TEST_CASE("what stands before a stamp is taken off, also before an entry's further lines") {
    const std::string_view entry = "Jul 12 10:31:11 2025 (22) out runner started.";
    for (const char* prefix :
         {"", "> ", "> > ", "\xEF\xBB\xBF", "    ", "mailman-core  | ",
          "smtp.log:", "/var/log/mailman3/smtp.log.1:17:", "2025-07-12T10:31:10.123456789Z ",
          "Jul 12 10:31:10 mx1 mailman3[20]: ", "2025-07-12T10:31:10+02:00 mx1 mailman[3]: ",
          "<22>1 2025-07-12T10:31:10.1Z mx1 mailman 20 - - ",
          "<22>1 2025-07-12T10:31:10.1Z mx1 mailman 20 - [x@1 a=\"b\"] ",
          "<22>Jul 12 10:31:10 mx1 mailman[20]: ", "core_1 | 2025-07-12T10:31:10.12Z ",
          "[pod/mailman-0/core] "}) {
        INFO(prefix);
        prefix_remover remove;
        CHECK(remove(std::string(prefix) + std::string(entry)) == entry);
        CHECK(std::string(remove(std::string(prefix) + "  File \"x.py\", line 1"))
                  .ends_with("File \"x.py\", line 1"));
    }
    prefix_remover remove;
    CHECK(remove("&gt; Jul 12 10:31:11 2025 (22) &lt;1@x&gt; a").ends_with("<1@x> a"));
    prefix_remover other;
    const std::string_view text = "\tSubject: Jul 12 10:31:11 2025 (22) out runner started.";
    CHECK(other(text) == text);
    CHECK(hidden_stamp("#7# Jul 12 10:31:11 2025 (22) x") == 4U);
}

TEST_CASE("an exception of several lines is told by its first one") {
    const std::string text = stamped(
        "Uncaught runner exception: (psycopg2.OperationalError) could not connect\n"
        "Traceback (most recent call last):\n"
        "  File \"/a.py\", line 1, in connect\n"
        "    connect()\n"
        "psycopg2.OperationalError: could not connect to server: Connection refused\n"
        "\tIs the server running on host \"localhost\"?\n"
        "\n"
        "The above exception was the direct cause of the following exception:\n"
        "\n"
        "Traceback (most recent call last):\n"
        "  File \"/b.py\", line 2, in run\n"
        "    self.run()\n"
        "sqlalchemy.exc.OperationalError: could not connect to server: Connection refused\n"
        "\tIs the server running on host \"localhost\"?\n"
        "\n"
        "(Background on this error at: https://sqlalche.me/e/14/e3q8)");
    CHECK(read<trouble_entry>(text).cause ==
          "sqlalchemy.exc.OperationalError: could not connect to server: Connection refused");
}

TEST_CASE("a stamp is read the same after any other") {
    std::vector<std::string> lines{"May 24 15:23:34 2014 (1) a",
                                   "May 24 15:23:34 2014 (2) b",
                                   "May 24 15:23:35 2014 qrunner(3): c",
                                   "May 24  1:02:03 2014 (3) c",
                                   "May 24 25:23:34 2014 (4) d",
                                   "May 25 15:23:34 2014 (5) e",
                                   "May 24 15:23:34 2015 (5) e",
                                   "May 24 15:23:34 20141 (6) f",
                                   "May 24 15:23:34 201 (6) f",
                                   "May 24 15:23:34,123 2014 (7) g",
                                   "May 31 23:59:61 2014 (8) h",
                                   "Feb 30 15:23:34 2014 (8) h",
                                   "2014-05-24 15:23:34 (9) i",
                                   "2014-05-24 15:23:34,123 (9) i",
                                   "Mär 24 15:23:34 2014 (9) i",
                                   "May 24 15:23:34 2014 x",
                                   "May 24 15:23:34 2014",
                                   "May 24 15:23:34 2014 ",
                                   "  File \"a.py\", line 1, in main",
                                   "",
                                   std::string(20, '\0') + " (1) nothing",
                                   "May 24 15:23:34 2014 (1)"};
    for (const std::string& first : lines) {
        for (const std::string& second : lines) {
            for (const std::string& third : lines) {
                stamp_reader stamps;
                stamps(first);
                stamps(second);
                INFO(first << '\n' << second << '\n' << third);
                const auto fast = stamps(third);
                const auto plain = read_stamp(third);
                REQUIRE(fast.has_value() == plain.has_value());
                if (!fast) continue;
                CHECK(fast->local_s == plain->local_s);
                CHECK(fast->pid == plain->pid);
                CHECK(fast->label == plain->label);
                CHECK(fast->text == plain->text);
                CHECK(may_have_stamp(third));
            }
        }
    }
}

TEST_CASE("what may hold a stamp is told from what cannot") {
    CHECK(may_have_stamp("mailman-core | [2026-11-27 21:35:16 +0000] [7] [INFO] x"));
    CHECK(may_have_stamp("10.0.0.1 - - [24/Jul/2023:07:00:02 +0000] \"GET / HTTP/1.1\" 200 1"));
    CHECK(may_have_stamp("a: b: May 24  1: 2: 3 2014 (1) x"));
    CHECK_FALSE(may_have_stamp("  File \"/usr/lib/a.py\", line 12, in main"));
    CHECK_FALSE(may_have_stamp("Subject: Re: 12:30"));
    CHECK_FALSE(may_have_stamp("::::::"));
    CHECK_FALSE(may_have_stamp(""));
}

TEST_CASE("stamps in other languages and forms are read") {
    constexpr std::int64_t moment = 1760265070;  // 2025-10-12 10:31:10
    for (const std::string_view stamp :
         {"Oct 12 10:31:10 2025 (20) x", "Okt 12 10:31:10 2025 (20) x",
          "oct. 12 10:31:10 2025 (20) x", "ott 12 10:31:10 2025 (20) x",
          "2025-10-12 10:31:10 (20) x", "2025-10-12 10:31:10,123 (20) x",
          "Oct 12 10:31:10,123 2025 (20) x", "Oct 12 10:31:10 2025 (20) INFO x"}) {
        INFO(stamp);
        const auto read = read_stamp(stamp);
        REQUIRE(read);
        CHECK(read->local_s == moment);
        CHECK(read->pid == 20);
        CHECK(read->text == "x");
    }
    CHECK(read_rest_stamp("[2026-11-27 21:35:16 +0000] [7] [ERROR] boom")->trouble);
    CHECK_FALSE(
        read_rest_stamp("[2026-11-27 21:35:16 +0000] [7] [INFO] Using worker: sync")->trouble);
    CHECK(is_access_line(
        R"([24/Jul/2023:07:00:02 +0000] "GET /3.1/lists HTTP/1.1" 200 488 "-" "x")"));
    CHECK(is_access_line(R"(127.0.0.1 - - [24/Jul/2023:07:00:02 +0000] "GET / HTTP/1.1" 200 4)"));
    CHECK_FALSE(is_access_line("[24/Jul/2023:07:00:02 +0000] hello"));
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
        RC_ASSERT(parsed.has_value() ==
                  (read_stamp(text).has_value() || read_rest_stamp(text).has_value()));
        prefix_remover()(text);
        match_log_format(text);
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
