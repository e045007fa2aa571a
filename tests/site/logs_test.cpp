#include "sim/site/log_files.hpp"
#include "sim/site/log_window.hpp"
#include "sim/site/logs_diagnosis.hpp"
#include "sim/site/logs_report.hpp"
#include "sim/site/message_journey.hpp"

#include "finding_of.hpp"
#include "made_site.hpp"
#include "support/run_program.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

/// "May 24 HH:MM:SS 2014 (PID) ", the given number of seconds after midnight of May 24.
std::string stamp(int second, int pid) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "May %02d %02d:%02d:%02d 2014 (%d) ",
                  24 + second / 86400, second / 3600 % 24, second / 60 % 60, second % 60, pid);
    return text.data();
}
constexpr double midnight = 1400889600;  // May 24 2014

std::string started(int second, int pid, std::string_view runner) {
    return stamp(second, pid) + std::string(runner) + " qrunner started.\n";
}
std::string exited(int second, int pid, std::string_view runner, std::string_view slice,
                   std::string_view more = "") {
    return stamp(second, 1) +
           "Master qrunner detected subprocess exit\n(pid: " + std::to_string(pid) +
           ", sig: None, sts: 15, class: " + std::string(runner) +
           ", slice: " + std::string(slice) + ") " + std::string(more) + "\n";
}
std::string sent(int second, int pid, int message) {
    return stamp(second, pid) + "<" + std::to_string(message) +
           "@x> smtp to test for 3 recips, completed in 0.1 seconds\n";
}

/// The logs of some machines, read as the command reads them.
struct made_logs {
    made_site site;
    machine_clocks clocks;
    history_options history;
    logs_options options;
    std::vector<std::string> sources;

    void add(std::string_view machine, std::string_view log, std::string_view text) {
        site.directory(machine);
        site.file(std::string(machine) + '/' + std::string(log), text, midnight);
        sources.push_back(std::string(machine) + '=' +
                          site.path(std::string(machine) + '/' + std::string(log)));
    }

    logs_diagnosis diagnose() {
        history_builder builder(history);
        const auto parsed = parse_log_sources(sources);
        REQUIRE(parsed);
        for (const log_source& source : *parsed) {
            const auto read = read_logs(builder, source, clocks);
            INFO((read ? std::string() : read.error().to_string()));
            REQUIRE(read);
        }
        auto d = diagnose_logs(builder.finish(), options);
        INFO((d ? std::string() : d.error().to_string()));
        REQUIRE(d);
        return std::move(*d);
    }
};

/// Three machines that each serve a slice of out/ for an hour and send the given numbers of
/// messages.
void three_machines(made_logs& logs, std::array<int, 3> counts,
                    std::array<std::string_view, 3> slices = {"1/3", "2/3", "3/3"}) {
    int message = 0;
    for (int m = 0; m < 3; ++m) {
        const std::string name = "m" + std::to_string(m + 1);
        const int pid = 100 * (m + 1);
        logs.add(name, "qrunner",
                 started(0, pid, "OutgoingRunner") +
                     exited(3600, pid, "OutgoingRunner", slices[static_cast<std::size_t>(m)]));
        std::string smtp;
        for (int i = 0; i < counts[static_cast<std::size_t>(m)]; ++i) {
            smtp += sent(10 + i * 5, pid, message++);
        }
        if (!smtp.empty()) logs.add(name, "smtp", smtp);
    }
}

}  // namespace

TEST_CASE("two of three machines after seven posts are no problem") {
    made_logs logs;
    three_machines(logs, {4, 3, 0});
    const logs_diagnosis d = logs.diagnose();
    CHECK(d.by_machine.total == 7);
    CHECK_FALSE(d.by_machine.assumed_equal);
    CHECK(d.by_machine.test.how == sim::split_method::exact_multinomial);
    CHECK(d.by_machine.test.p_value > 0.05);
    REQUIRE(d.by_slice.parts.size() == 3);
    CHECK(d.by_slice.parts[1].name == "2/3");
    CHECK(d.by_slice.parts[1].count == 3);
    CHECK_FALSE(needs_attention(d.findings));
    CHECK_THAT(to_text(d, logs.options, false),
               Contains("this is not a problem") && Contains("Nothing to do."));
}

TEST_CASE("one machine that handles everything as slice 1/1 is recognised") {
    made_logs logs;
    three_machines(logs, {30, 0, 0}, {"1/1", "2/3", "3/3"});
    const logs_diagnosis d = logs.diagnose();
    const finding* one = finding_of(d, "one-machine");
    REQUIRE(one);
    CHECK(one->where == "m1");
    CHECK_THAT(one->what, Contains("all 30 deliveries") && Contains("slice 1/1"));
    const finding* different = finding_of(d, "different-numbers");
    REQUIRE(different);
    CHECK_THAT(different->what,
               Contains("by 1 and") && Contains("by 3") && Contains("66.7% had several"));
}

TEST_CASE("one machine that runs all slices, alone or beside idle ones, is recognised") {
    made_logs logs;
    std::string qrunner;
    std::string smtp;
    for (int k = 0; k < 3; ++k) {
        qrunner += started(k, 100 + k, "OutgoingRunner");
        for (int i = 0; i < 10; ++i) smtp += sent(10 + 30 * k + i, 100 + k, 10 * k + i);
    }
    for (int k = 0; k < 3; ++k) {
        qrunner += exited(3600, 100 + k, "OutgoingRunner", std::to_string(k + 1) + "/3");
    }
    logs.add("m1", "qrunner", qrunner);
    logs.add("m1", "smtp", smtp);
    SECTION("the other runs none") {
        logs.add("m2", "qrunner", started(0, 7, "IncomingRunner"));
        const logs_diagnosis d = logs.diagnose();
        const finding* one = finding_of(d, "one-machine");
        REQUIRE(one);
        CHECK_THAT(one->what, Contains("runs all 3 slices"));
    }
    SECTION("the other runs one of them too") {
        logs.add("m2", "qrunner",
                 started(0, 7, "OutgoingRunner") + exited(3600, 7, "OutgoingRunner", "2/3"));
        const logs_diagnosis d = logs.diagnose();
        const finding* twice = finding_of(d, "slice-run-twice");
        REQUIRE(twice);
        CHECK(twice->where == "OutgoingRunner slice 2/3");
        CHECK_THAT(twice->what, Contains("m1 and m2 both ran it"));
    }
}

TEST_CASE("a machine whose runner works in another directory sends nothing") {
    made_logs logs;
    three_machines(logs, {30, 0, 0});
    const logs_diagnosis d = logs.diagnose();
    const finding* one = finding_of(d, "one-machine");
    REQUIRE(one);
    CHECK_THAT(one->what, Contains("found nothing to send"));
    CHECK_THAT(one->to_do[0].text, Contains("same queue directory"));
}

TEST_CASE("a slice that nobody runs is named") {
    made_logs logs;
    for (int k = 0; k < 2; ++k) {
        const std::string name = "m" + std::to_string(k + 1);
        logs.add(name, "qrunner",
                 started(0, 10 + k, "IncomingRunner") +
                     exited(3600, 10 + k, "IncomingRunner", std::to_string(k + 1) + "/3"));
    }
    const logs_diagnosis d = logs.diagnose();
    const finding* f = finding_of(d, "slice-not-run");
    REQUIRE(f);
    CHECK(f->where == "IncomingRunner slice 3/3");
    CHECK(f->to_do[0].command == "--runner=IncomingRunner:2:3");
    REQUIRE(d.slices.size() == 3);
    CHECK(d.slices[2].runs == 0);
}

TEST_CASE("a slice that was not served for some time is named with both times") {
    made_logs logs;
    logs.add("m1", "qrunner",
             started(0, 10, "OutgoingRunner") + exited(7200, 10, "OutgoingRunner", "1/2"));
    logs.add("m2", "qrunner",
             started(0, 20, "OutgoingRunner") + exited(1800, 20, "OutgoingRunner", "2/2") +
                 started(5400, 21, "OutgoingRunner") + exited(7200, 21, "OutgoingRunner", "2/2"));
    const logs_diagnosis d = logs.diagnose();
    const finding* gap = finding_of(d, "gap");
    REQUIRE(gap);
    CHECK(gap->weight == severity::attention);
    CHECK(gap->where == "OutgoingRunner slice 2/2");
    CHECK_THAT(gap->what,
               Contains("2014-05-24 00:30:00 to 2014-05-24 01:30:00") && Contains("It ran on m2"));
    REQUIRE(d.slices[1].gaps.size() == 1);
    CHECK(d.slices[1].gaps[0] == period{midnight + 1800, midnight + 5400});
    CHECK_THAT(to_text(d, logs.options, false), Contains("############"));
}

TEST_CASE("a site that was stopped as a whole has a gap that needs no attention") {
    made_logs logs;
    for (int k = 0; k < 2; ++k) {
        const std::string slice = std::to_string(k + 1) + "/2";
        logs.add("m" + slice.substr(0, 1), "qrunner",
                 started(0, 10, "ArchRunner") + exited(1800, 10, "ArchRunner", slice) +
                     started(5400, 11, "ArchRunner") + exited(7200, 11, "ArchRunner", slice));
    }
    const logs_diagnosis d = logs.diagnose();
    const finding* gap = finding_of(d, "gap");
    REQUIRE(gap);
    CHECK(gap->weight == severity::note);
    CHECK_FALSE(needs_attention(d.findings));
}

TEST_CASE("a split that equal slices do not explain is reported with the machine that was down") {
    made_logs logs;
    std::string smtp;
    for (int i = 0; i < 60; ++i) smtp += sent(10 + i * 60, 10, i);
    logs.add("m1", "qrunner",
             started(0, 10, "OutgoingRunner") + exited(7200, 10, "OutgoingRunner", "1/2"));
    logs.add("m1", "smtp", smtp);
    logs.add("m2", "qrunner",
             started(0, 20, "OutgoingRunner") + exited(600, 20, "OutgoingRunner", "2/2") +
                 started(7000, 21, "OutgoingRunner") + exited(7200, 21, "OutgoingRunner", "2/2"));
    logs.add("m2", "smtp", sent(60, 20, 100) + sent(120, 20, 101));
    const logs_diagnosis d = logs.diagnose();
    const finding* uneven = finding_of(d, "uneven-split");
    REQUIRE(uneven);
    CHECK_THAT(uneven->what, Contains("not due to chance") && Contains("m2 falls furthest"));
    CHECK_THAT(uneven->to_do[0].text, Contains("was down 2014-05-24 00:10:00"));
}

TEST_CASE("unequal slices are judged by their weights") {
    made_logs logs;
    three_machines(logs, {60, 40, 20});
    CHECK(finding_of(logs.diagnose(), "uneven-split"));
    logs.options.partition = "weighted:3,2,1";
    const logs_diagnosis d = logs.diagnose();
    CHECK_FALSE(needs_attention(d.findings));
    CHECK(d.by_machine.parts[0].expected_share == Approx(0.5));
}

TEST_CASE("a runner that gets restarted keeps its slice, until the master gives it up") {
    made_logs logs;
    std::string qrunner = started(0, 10, "IncomingRunner");
    for (int i = 0; i < 3; ++i) {
        qrunner += exited(100 + i * 10, 10 + i, "IncomingRunner", "1/2", "[restarting]") +
                   started(101 + i * 10, 11 + i, "IncomingRunner");
    }
    qrunner += exited(200, 13, "IncomingRunner", "1/2") + stamp(200, 1) +
               "Qrunner IncomingRunner reached maximum restart limit of 10, not restarting.\n";
    logs.add("m1", "qrunner", qrunner);
    logs.add("m1", "error",
             stamp(99, 10) +
                 "Traceback (most recent call last):\n  File \"Switchboard.py\", line 9, in files\n"
                 "ValueError: need more than 1 value to unpack\n");
    logs.add("m2", "qrunner",
             started(0, 20, "IncomingRunner") + exited(7200, 20, "IncomingRunner", "2/2"));
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.history.runs.size() == 5);
    CHECK(d.slices[0].restarts == 3);
    const finding* limit = finding_of(d, "restart-limit");
    REQUIRE(limit);
    CHECK_THAT(limit->what, Contains("Slice 1/2 has had no runner since"));
    CHECK_THAT(limit->what, Contains("restarted 3 times"));
    CHECK_FALSE(finding_of(d, "restarts"));  // one fact, one finding
    CHECK(finding_of(d, "malformed-name"));
    CHECK_THAT(finding_of(d, "malformed-name")->what, Contains("error:1"));
}

TEST_CASE("a runner that dies before it can write was started after the one before it") {
    made_logs logs;
    std::string log = started(0, 10, "in") + started(0, 11, "in");
    for (int i = 0; i < 10; ++i) {
        log += exited(100 + 3 * i, 20 + i, "lmtp", "1/1", "[restarting]");
    }
    log += exited(200, 10, "in", "1/2", "[restarting]") + started(210, 40, "in") +
           exited(230, 40, "in", "1/2", "[restarting]") + exited(240, 41, "in", "1/2") +
           stamp(240, 1) + "Runner lmtp reached maximum restart limit of 10, not restarting.\n";
    logs.add("m1", "mailman.log", log);
    const auto d = logs.diagnose();
    CHECK(finding_of(d, "slice-run-twice") == nullptr);
    const finding* limit = finding_of(d, "restart-limit");
    REQUIRE(limit != nullptr);
    CHECK_THAT(limit->to_do.front().text, Contains("port"));
    for (const runner_run& run : d.history.runs) {
        if (run.pid == 25) CHECK(*run.ended - *run.started == 3);
        if (run.pid == 41) CHECK(*run.ended - *run.started == 10);
    }
}

TEST_CASE("a runner ended by signal 9 is no matter of Mailman's logs") {
    made_logs logs;
    std::string log = started(0, 10, "out");
    for (int i = 0; i < 3; ++i) {
        log += stamp(600 * (i + 1), 1) +
               "Master detected subprocess exit\n(pid: " + std::to_string(10 + i) +
               ", why: SIGNAL 9, class: out, slice: 1/1) [restarting]\n" +
               started(600 * (i + 1) + 2, 11 + i, "out");
    }
    logs.add("m1", "mailman.log", log);
    const auto d = logs.diagnose();
    const finding* restarts = finding_of(d, "restarts");
    REQUIRE(restarts != nullptr);
    CHECK_THAT(restarts->to_do.front().text, Contains("memory") && Contains("second time"));
}

TEST_CASE("a running runner's slice is known from its restart, from before, or from being told") {
    made_logs logs;
    SECTION("the master had just restarted it") {
        logs.add("m1", "qrunner",
                 started(0, 10, "ArchRunner") +
                     exited(50, 10, "ArchRunner", "2/4", "[restarting]") +
                     started(51, 11, "ArchRunner") +
                     exited(70, 12, "ArchRunner", "3/4", "[restarting]") +
                     started(71, 13, "ArchRunner"));
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.history.runs.size() == 4);
        CHECK(d.history.runs[1].slice == 1);
        CHECK(d.history.runs[1].source == slice_source::restart);
        CHECK(d.history.runs[3].slice == 2);
    }
    SECTION("the machine served no other") {
        logs.add("m1", "qrunner",
                 started(0, 10, "ArchRunner") + exited(50, 10, "ArchRunner", "2/4") +
                     started(5000, 11, "ArchRunner"));
        const logs_diagnosis d = logs.diagnose();
        CHECK(d.history.runs[1].slice == 1);
        CHECK(d.history.runs[1].source == slice_source::as_before);
        CHECK_FALSE(d.history.runs[1].ended);
    }
    SECTION("all slices start at once and in order") {
        logs.add("m1", "qrunner",
                 exited(1, 5, "ArchRunner", "1/2") + exited(1, 6, "ArchRunner", "2/2") +
                     started(5000, 11, "ArchRunner") + started(5000, 10, "ArchRunner"));
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.history.runs.size() == 4);
        CHECK(d.history.runs[2].slice == 1);
        CHECK(d.history.runs[3].slice == 0);
        CHECK(d.history.runs[3].source == slice_source::start_order);
    }
    SECTION("it was told") {
        logs.add("m1", "mailman.log", stamp(0, 10) + "out runner started.\n");
        CHECK_FALSE(logs.diagnose().history.runs[0].slice);
        logs.history.told["m1"] = {{"out", 1, 2}};
        const logs_diagnosis d = logs.diagnose();
        CHECK(d.history.runs[0].slice == 1);
    }
}

TEST_CASE("a machine that lost power leaves vanished runners, not two on one slice") {
    made_logs logs;
    logs.add("m1", "qrunner",
             started(0, 10, "OutgoingRunner") + started(4000, 20, "OutgoingRunner") +
                 exited(7200, 20, "OutgoingRunner", "1/2"));
    logs.add("m1", "smtp", sent(1000, 10, 1));
    logs.add("m2", "qrunner",
             started(0, 30, "OutgoingRunner") + exited(7200, 30, "OutgoingRunner", "2/2"));
    const logs_diagnosis d = logs.diagnose();
    CHECK_FALSE(finding_of(d, "slice-run-twice"));
    REQUIRE(finding_of(d, "vanished"));
    CHECK(d.history.runs[0].vanished);
    // Somewhere between its last entry and its successor's first: so no gap can be claimed.
    CHECK(d.history.runs[0].seen_last == midnight + 1000);
    CHECK(d.history.runs[0].ended == midnight + 4000);
    CHECK_FALSE(finding_of(d, "gap"));
}

TEST_CASE("a process that goes on writing has not ended when its neighbour is restarted") {
    made_logs logs;
    logs.add("m1", "qrunner",
             started(0, 101, "OutgoingRunner") + started(0, 102, "OutgoingRunner") +
                 started(1, 103, "OutgoingRunner") +
                 exited(600, 102, "OutgoingRunner", "2/3", "[restarting]") +
                 started(601, 104, "OutgoingRunner"));
    std::string smtp;
    for (int i = 0; i < 60; ++i) {
        smtp += sent(20 + i * 30, i % 3 == 0 ? 101 : i % 3 == 1 ? 103 : i < 20 ? 102 : 104, i);
    }
    logs.add("m1", "smtp", smtp);
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.history.runs.size() == 4);
    CHECK(d.history.runs[0].slice == 0U);
    CHECK(d.history.runs[0].source == slice_source::start_order);
    CHECK(d.history.runs[2].slice == 2U);
    CHECK(d.history.runs[3].slice == 1U);
    CHECK_FALSE(d.history.runs[0].ended);
    CHECK_FALSE(needs_attention(d.findings));
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].kind == "restarts");
    CHECK(d.findings[0].where == "m1, OutgoingRunner slice 2/3");
}

TEST_CASE("a start order that contradicts an exit entry proves no slice") {
    made_logs logs;
    logs.add("m1", "qrunner",
             started(0, 101, "ArchRunner") + started(0, 102, "ArchRunner") +
                 exited(600, 102, "ArchRunner", "1/2"));
    const logs_diagnosis d = logs.diagnose();
    CHECK_FALSE(d.history.runs[0].slice);
    CHECK(d.history.runs[1].slice == 0U);
    CHECK_FALSE(finding_of(d, "slice-not-run"));
}

TEST_CASE("a second master on one machine is found by the runners that go on") {
    made_logs logs;
    std::string log = stamp(0, 1) + "Master started\n";
    for (int k = 0; k < 2; ++k) log += stamp(2, 10 + k) + "out runner started.\n";
    log += stamp(600, 50) + "Master started\n";
    for (int k = 0; k < 2; ++k) log += stamp(602, 60 + k) + "out runner started.\n";
    logs.add("m1", "mailman.log", log);
    std::string smtp;
    for (int i = 0; i < 40; ++i) smtp += sent(700 + i * 10, i % 4 < 2 ? 10 + i % 2 : 60 + i % 2, i);
    logs.add("m1", "smtp.log", smtp);
    const logs_diagnosis d = logs.diagnose();
    const finding* second = finding_of(d, "second-master");
    REQUIRE(second);
    CHECK_THAT(second->what, Contains("2014-05-24 00:10:00") && Contains("Two masters"));
    CHECK_FALSE(finding_of(d, "vanished"));
}

TEST_CASE("a silent process beside busy ones is found although no slice is known") {
    made_logs logs;
    std::string qrunner;
    std::string smtp;
    for (int k = 0; k < 4; ++k) qrunner += started(0, 200 + k, "OutgoingRunner");
    for (int i = 0; i < 90; ++i) smtp += sent(10 + i * 60, 200 + (i % 3 == 2 ? 3 : i % 3), i);
    logs.add("m1", "qrunner", qrunner);
    logs.add("m1", "smtp", smtp);
    const logs_diagnosis d = logs.diagnose();
    const finding* uneven = finding_of(d, "uneven-split");
    REQUIRE(uneven);
    CHECK_THAT(uneven->what, Contains("pid 202 sent nothing"));
}

TEST_CASE("an outgoing runner that is never idle is told with its rate") {
    const auto busy = [](double seconds, int recipients) {
        made_logs logs;
        std::string smtp;
        for (int i = 0; i < 60; ++i) {
            smtp += stamp(static_cast<int>(seconds * (i + 1)), 10) + "<" + std::to_string(i) +
                    "@x> smtp to l for " + std::to_string(recipients) + " recips, completed in " +
                    std::to_string(seconds) + " seconds\n";
        }
        logs.add("m1", "smtp", smtp);
        return logs.diagnose();
    };
    const logs_diagnosis slow = busy(50, 50);
    REQUIRE(finding_of(slow, "busy-sender"));
    CHECK_THAT(finding_of(slow, "busy-sender")->what,
               Contains("1.0 recipients per second") && Contains("mail server accepts too slowly"));
    const logs_diagnosis fast = busy(20, 800);
    REQUIRE(finding_of(fast, "busy-sender"));
    CHECK_THAT(finding_of(fast, "busy-sender")->to_do[0].text, Contains("more slices"));
    made_logs idle;
    std::string smtp;
    for (int i = 0; i < 60; ++i) smtp += sent(10 + i * 60, 10, i);
    idle.add("m1", "smtp", smtp);
    CHECK_FALSE(finding_of(idle.diagnose(), "busy-sender"));
}

TEST_CASE("a message sent twice on one machine is told apart from one that was tried again") {
    made_logs logs;
    const std::string once = sent(10, 10, 1) + sent(700, 11, 1);
    SECTION("the mail server accepted the first one") {
        logs.add("m1", "smtp", once);
        logs.add("m1", "post",
                 stamp(10, 10) + "post to test from a@b, size=9, message-id=<1@x>, success\n");
        CHECK(finding_of(logs.diagnose(), "sent-twice"));
    }
    SECTION("it refused the first one") {
        logs.add("m1", "smtp", once);
        logs.add("m1", "smtp-failure",
                 stamp(10, 10) + "Low level smtp error: (111, 'no'), msgid: <1@x>\n");
        const logs_diagnosis d = logs.diagnose();
        CHECK_FALSE(finding_of(d, "sent-twice"));
        CHECK_FALSE(finding_of(d, "tried-twice"));
    }
    SECTION("nothing is known of it") {
        logs.add("m1", "smtp", once);
        const logs_diagnosis d = logs.diagnose();
        CHECK_FALSE(finding_of(d, "sent-twice"));
        REQUIRE(finding_of(d, "tried-twice"));
        CHECK(finding_of(d, "tried-twice")->weight == severity::unclear);
    }
}

TEST_CASE("a message that was queued again hours after it had been taken was sent twice") {
    made_logs logs;
    logs.add("m1", "smtp", sent(0, 5, 1) + sent(9000, 5, 1) + sent(9100, 5, 2));
    SECTION("by the log of posts") {
        logs.add("m1", "post",
                 stamp(0, 5) + "post to test from a@x, size=9, message-id=<1@x>, success\n");
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, "sent-twice"));
        CHECK_THAT(finding_of(d, "sent-twice")->what, Contains("up to 2 h 30 min apart"));
    }
    SECTION("unless it may have been a delivery that was tried again") {
        CHECK(logs.diagnose().findings.empty());
    }
}

TEST_CASE("what one process sends twice was queued twice, not taken by two runners") {
    made_logs logs;
    std::string smtp;
    std::string post;
    for (const int second : {10, 1300}) {
        smtp += sent(second, 10, 1);
        post += stamp(second, 10) + "post to test from a@b, size=10, message-id=<1@x>, success\n";
    }
    logs.add("m1", "smtp", smtp);
    logs.add("m1", "post", post);
    const auto d = logs.diagnose();
    const finding* twice = finding_of(d, "sent-twice");
    REQUIRE(twice != nullptr);
    REQUIRE(twice->to_do.size() == 1);
    CHECK_THAT(twice->to_do.front().text, Contains("unshunt"));
    CHECK_THAT(twice->what, Contains("The same process"));
}

TEST_CASE("a log that is given twice is read once, and no message was sent twice by that") {
    made_logs logs;
    logs.add("m1", "smtp", sent(10, 10, 1) + sent(20, 10, 2));
    logs.sources.push_back(logs.sources.front());
    const auto once = logs.diagnose();
    CHECK(once.history.deliveries.size() == 2);
    CHECK(once.findings.empty());

    logs.add("m1", "smtp.1", sent(10, 10, 1) + sent(20, 10, 2));
    const auto copied = logs.diagnose();
    CHECK(finding_of(copied, "sent-twice") == nullptr);
    CHECK(finding_of(copied, "tried-twice") == nullptr);
    const finding* twice = finding_of(copied, "read-twice");
    REQUIRE(twice != nullptr);
    CHECK_THAT(twice->what, Contains("2 deliveries are"));

    history_builder builder;
    const std::string path = logs.site.path("m1/smtp");
    REQUIRE(read_logs(builder, {"m1", path, true}, {}));
    const auto second = read_logs(builder, {"m2", path, true}, {});
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().what, Contains("m1 and m2"));
}

TEST_CASE("zero bytes that a loss of power leaves hide no entry, and are told") {
    made_logs logs;
    logs.add("m1", "smtp",
             sent(10, 10, 1) + std::string(5000, '\0') + sent(20, 10, 2) + std::string(9, '\0'));
    const auto d = logs.diagnose();
    CHECK(d.history.deliveries.size() == 2);
    CHECK(d.history.not_understood.empty());
    const finding* torn = finding_of(d, "torn");
    REQUIRE(torn != nullptr);
    CHECK_THAT(torn->what, Contains("2 lines begin") && Contains("smtp:2"));
}

TEST_CASE("one failure is one trouble, whatever number of entries tell of it") {
    made_logs logs;
    const auto at = [](int second, std::string_view text) {
        return stamp(second, 31) + std::string(text) + "\n";
    };
    SECTION("an exception, its trace and what became of the entry") {
        logs.add("m1", "error",
                 at(5, "Uncaught runner exception: boom") +
                     at(5,
                        "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n"
                        "KeyError: 'boom'\n") +
                     at(5, "SHUNTING: 1400972196.5+ab"));
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK(d.findings[0].kind == "shunted");
        CHECK_THAT(d.findings[0].what, Contains("1 message was") && Contains("KeyError: 'boom'"));
    }
    SECTION("what an archiver logs about each message") {
        std::string text;
        for (int i = 0; i < 3; ++i) {
            const std::string id = "<" + std::to_string(i) + "@x>";
            text += at(5 + i, "Connection to HyperKitty failed: no route") +
                    at(5 + i, "Could not archive the message with id " + id) +
                    at(5 + i, "archiving failed, re-queuing (mailing-list l, message " + id + ")");
        }
        logs.add("m1", "mailman.log", text);
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK_THAT(d.findings[0].what, Contains("3 messages were not archived"));
        CHECK_THAT(d.findings[0].what, Contains("'no route' (3 times)"));
    }
    SECTION("two runners that raced for an entry, each with its own complaint") {
        const std::string file = "/q/out/1400972196.5+905614b68b0427faada6e1816699495e13797be8";
        logs.add("m1", "error",
                 at(5, "Uncaught runner exception: [Errno 2] No such file or directory: '" + file +
                           ".pck'") +
                     at(5,
                        "Skipping and preserving unparseable message: "
                        "1400972196.5+905614b68b0427faada6e1816699495e13797be8") +
                     stamp(5, 41) + "Failed to unlink/preserve backup file: " + file +
                     ".bak\n[Errno 2] No such file or directory\n");
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK(d.findings[0].kind == "two-runners");
        CHECK_THAT(d.findings[0].what, Contains("1 entry was taken by two runners"));
        CHECK_THAT(d.findings[0].to_do[1].text, Contains("not unparseable"));
    }
}

TEST_CASE("healthy logs of either Mailman need nothing and are understood to the last line") {
    for (const char* site : {"mailman21", "mailman3"}) {
        INFO(site);
        history_builder builder;
        const std::string place = std::string(QSLICE_TEST_DATA) + "/healthy-logs/" + site;
        REQUIRE(read_logs(builder, parse_log_source(place).value(), {}));
        const auto d = diagnose_logs(builder.finish(), {});
        REQUIRE(d);
        for (const shown_line& line : d->history.not_understood) UNSCOPED_INFO(line.text);
        for (const shown_line& line : d->history.other) UNSCOPED_INFO(line.text);
        for (const finding& f : d->findings) UNSCOPED_INFO(f.what);
        CHECK(d->history.machines[0].not_understood == 0);
        CHECK(d->history.machines[0].other == 0);
        CHECK(d->findings.empty());
        CHECK(d->history.deliveries.size() > 1);
    }
}

TEST_CASE("logs without an entry, and entries of no known kind, leave the verdict open") {
    made_logs logs;
    logs.add("m1", "qrunner", started(0, 10, "ArchRunner"));
    SECTION("an empty log") {
        logs.add("m2", "qrunner", "");
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, "empty-logs"));
        CHECK(finding_of(d, "empty-logs")->where == "m2");
        CHECK(needs_attention(d.findings));
        CHECK_THAT(to_text(d, logs.options, false), Contains("not all could be judged"));
    }
    SECTION("an unknown entry") {
        logs.add("m1", "error", stamp(1, 10) + "no program writes this\n");
        CHECK(finding_of(logs.diagnose(), "unknown-entries"));
    }
    SECTION("a compressed file that is not read") {
        logs.site.file("m1/smtp.1.xz", std::string("\xFD") + "7zXZ\0 packed", midnight);
        logs.sources = {"m1=" + logs.site.path("m1")};
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, "not-read"));
        CHECK_THAT(finding_of(d, "not-read")->what, Contains("xz -dc"));
    }
}

TEST_CASE("directories with one last name are several machines, one directory is one") {
    const made_site site;
    for (const char* m : {"mx1", "mx2"}) {
        site.directory(std::string(m) + "/var/log/mailman");
        site.file(std::string(m) + "/var/log/mailman/smtp", "", midnight);
    }
    const auto names = [&](const std::vector<std::string>& below) {
        std::vector<std::string> sources;
        for (const std::string& b : below) sources.push_back(site.path(b));
        const auto parsed = parse_log_sources(sources);
        REQUIRE(parsed);
        std::vector<std::string> found;
        for (const log_source& s : *parsed) found.push_back(s.machine);
        return found;
    };
    using list = std::vector<std::string>;
    CHECK(names({"mx1/var/log/mailman", "mx2/var/log/mailman"}) == list{"mx1", "mx2"});
    CHECK(names({"mx1/var/log/mailman/smtp", "mx2/var/log/mailman"}) == list{"mx1", "mx2"});
    CHECK(names({"mx1/var/log/mailman/smtp", "mx1/var/log/mailman/post"}) ==
          list{"mailman", "mailman"});
}

TEST_CASE("a pipe named like a log is not waited for") {
    const made_site site;
    site.directory("m1");
    site.file("m1/smtp", sent(1, 1, 1), midnight);
    REQUIRE(::mkfifo(site.path("m1/qrunner").c_str(), 0600) == 0);
    history_builder builder;
    REQUIRE(read_logs(builder, parse_log_source(site.path("m1")).value(), {}));
    const auto d = diagnose_logs(builder.finish(), {});
    REQUIRE(d);
    CHECK(finding_of(*d, "not-read"));
    const auto alone = read_logs(builder, {"m1", site.path("m1/qrunner")}, {});
    REQUIRE_FALSE(alone);
    CHECK_THAT(alone.error().to_string(), Contains("is a pipe") && Contains("logs -"));
}

TEST_CASE("a message that two machines send is counted, a retry to fewer is not") {
    made_logs logs;
    three_machines(logs, {5, 5, 5});
    logs.add("m2", "smtp-failure", sent(12, 200, 0));
    const logs_diagnosis d = logs.diagnose();
    CHECK(d.sent_twice == 1);
    CHECK_THAT(finding_of(d, "sent-twice")->what, Contains("<0@x> test"));
}

TEST_CASE("time zones and clock corrections align the machines' times") {
    made_logs logs;
    logs.add("m1", "qrunner", started(7200, 10, "ArchRunner"));
    logs.add("m2", "qrunner", started(0, 10, "ArchRunner"));
    logs.clocks.zones["m1"] = time_zone::parse("+02:00").value();
    logs.clocks.ahead_s["m2"] = 3.5;
    const logs_diagnosis d = logs.diagnose();
    CHECK(*d.history.machines[0].first == midnight);
    CHECK(*d.history.machines[1].first == midnight - 3.5);
}

TEST_CASE("the window limits what is counted, not what is known") {
    made_logs logs;
    three_machines(logs, {10, 10, 10});
    logs.history.from = midnight + 20;
    logs.history.to = midnight + 39;
    const logs_diagnosis d = logs.diagnose();
    CHECK(d.by_machine.total == 12);
    CHECK(d.by_slice.total == 12);
    CHECK(d.history.from == midnight + 20);
}

TEST_CASE("rotated and compressed logs of a directory are read together") {
    made_logs logs;
    logs.add("m1", "qrunner.1", started(0, 10, "OutgoingRunner"));
    logs.add("m1", "qrunner", exited(3600, 10, "OutgoingRunner", "1/1"));
    logs.add("m1", "smtp", sent(10, 10, 1));
    logs.add("m1", "unrelated", "nothing\n");
    REQUIRE(test::run_program("/bin/gzip", {logs.site.path("m1/qrunner.1")}).status == 0);
    logs.sources = {logs.site.path("m1")};
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.history.machines.size() == 1);
    CHECK(d.history.machines[0].name == "m1");
    CHECK(d.history.machines[0].files.size() == 3);
    REQUIRE(d.history.runs.size() == 1);
    CHECK(d.history.runs[0].started == midnight);
    CHECK(d.history.runs[0].deliveries == 1);
}

TEST_CASE("unrecognised lines are counted and shown with their place") {
    made_logs logs;
    logs.add("m1", "qrunner",
             "garbage\n" + started(0, 10, "ArchRunner") + "\nmore\x1b garbage\n" + stamp(5, 6) +
                 "something else\n");
    const logs_diagnosis d = logs.diagnose();
    const machine_history& m = d.history.machines[0];
    CHECK(m.lines == 5);
    CHECK(m.not_understood == 2);
    CHECK(m.empty == 1);
    CHECK(m.entries == 2);
    CHECK(m.other == 1);
    const std::string text = to_text(d, logs.options, false);
    CHECK_THAT(text, Contains("m1/qrunner:1: garbage") && Contains("m1/qrunner:4: more\\x1b") &&
                         Contains("something else"));
    CHECK(finding_of(d, "not-understood"));
}

TEST_CASE("stamps that go back reveal a clock that was set") {
    made_logs logs;
    logs.add("m1", "smtp", sent(5000, 10, 1) + sent(1000, 10, 2));
    const auto d = logs.diagnose();
    const finding* back = finding_of(d, "clock-back");
    REQUIRE(back);
    CHECK_THAT(back->what, Contains("1 time") && Contains("smtp:2"));
}

TEST_CASE("an unreadable log is an error with its path") {
    const made_site site;
    site.directory("empty");
    site.directory("d");
    site.file("d/smtp.gz", "\x1f\x8b\x08 not gzip", 1);
    const auto why = [&](const std::string& text) {
        history_builder builder;
        const auto source = parse_log_source(text);
        if (!source) return source.error().to_string();
        const auto read = read_logs(builder, *source, {});
        REQUIRE_FALSE(read);
        return read.error().to_string();
    };
    CHECK_THAT(why("m1=" + site.path("none")), Contains(site.path("none")));
    CHECK_THAT(why("m1=" + site.path("empty")), Contains("found none"));
    CHECK_THAT(why("m1=" + site.path("d/smtp.gz")), Contains("smtp.gz"));
    CHECK_THAT(why("=x"), Contains("expected MACHINE=FILE"));
    CHECK_THAT(why("m1="), Contains("expected MACHINE=FILE"));
    CHECK_THAT(why(""), Contains("expected MACHINE=FILE"));
}

TEST_CASE("one --running may name the runners of several machines") {
    log_settings settings;
    settings.running = {"mx1=OutgoingRunner:0:3,BounceRunner:0:1,mx2=OutgoingRunner:1:3"};
    const auto read = settings.read();
    REQUIRE(read);
    CHECK(read->history.told.at("mx1").size() == 2);
    CHECK(read->history.told.at("mx2").at(0).slice == 1);
}

TEST_CASE("an invalid log option is an error that names it") {
    const auto why = [](const log_settings& settings) {
        const auto read = settings.read();
        return read ? std::string() : read.error().to_string();
    };
    log_settings s;
    CHECK(why(s).empty());
    s.zones = {"m1=Mars"};
    CHECK_THAT(why(s), Contains("--timezone: 'Mars'"));
    s = {};
    s.clocks = {"m1=soon"};
    CHECK_THAT(why(s), Contains("--clock"));
    s = {};
    s.running = {"OutgoingRunner:0:3"};
    CHECK_THAT(why(s), Contains("--running") && Contains("MACHINE="));
    s.running = {"m1=OutgoingRunner:3:3"};
    CHECK_THAT(why(s), Contains("--running: 'OutgoingRunner:3:3'"));
    s = {};
    s.from = "yesterday";
    CHECK_THAT(why(s), Contains("--from: 'yesterday'") && Contains("YYYY-MM-DD"));
    s.from = "2014-05-24 15:23x";
    CHECK_THAT(why(s), Contains("--from"));
    s.from = "2014-05-24";
    s.to = "2014-05-23 12:00";
    CHECK_THAT(why(s), Contains("--to"));
    s.to = "2014-05-24T15:23:34";
    CHECK(s.read()->history.to == 1400945014.0);
}

TEST_CASE("a partition that does not fit the slices in the logs is an error") {
    made_logs logs;
    three_machines(logs, {1, 1, 1});
    history_builder builder;
    for (const std::string& text : logs.sources) {
        REQUIRE(read_logs(builder, parse_log_source(text).value(), {}));
    }
    logs.options.partition = "weighted:1,2";
    const auto d = diagnose_logs(builder.finish(), logs.options);
    REQUIRE_FALSE(d);
    CHECK_THAT(d.error().to_string(), Contains("--partition") && Contains("with 3"));
}

TEST_CASE("whatever a log contains, each line is counted once, or none is Mailman's") {
    CHECK(rc::check([] {
        const std::vector<std::string> pieces{
            started(0, 10, "OutgoingRunner"),
            exited(10, 10, "OutgoingRunner", "1/3"),
            sent(5, 10, 1),
            stamp(7, 10) + "Traceback (most recent call last):\n  File x\nValueError: y\n",
            stamp(8, 10) + "other\n",
            stamp(9, 10) + "Master qrunner detected subprocess exit\n",
            "(pid: 1, sig: None\n",
            "\n",
            "  indented\n",
            "noise\n",
            std::string("\0\xff\n", 3),
            "Preserving file: x\n",
            "Jul 12 10:31:10 mx1 postfix/smtpd[9]: connect\n",
            "2025/07/12 10:31:12 [error] 29#29: refused\n",
            "web-1  | ready\n",
            "core-1  | " + sent(20, 10, 2)};
        constexpr std::size_t stamped = 6;  // pieces, the first ones
        std::string text;
        bool mailmans = false;
        for (const std::size_t i :
             *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 16))) {
            text += pieces[i];
            mailmans = mailmans || i < stamped || i == 15;
        }
        if (*rc::gen::arbitrary<bool>() && !text.empty()) text.pop_back();
        const made_site site;
        site.file("log", text, 1);
        history_builder builder;
        RC_ASSERT(read_logs(builder, {"m", site.path("log")}, {}).has_value());
        const auto d = diagnose_logs(builder.finish(), {});
        if (!d) {
            RC_ASSERT(!mailmans);
            const std::string why = d.error().to_string();
            RC_ASSERT(why.find("expected a Mailman log") != std::string::npos ||
                      why.find("Expected Mailman's own logs") != std::string::npos);
            return;
        }
        const machine_history& m = d->history.machines[0];
        RC_ASSERT(m.lines == m.entries + m.further + m.empty + m.others.lines() + m.not_understood);
        const auto ends = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
        RC_ASSERT(m.lines == ends + (text.empty() || text.back() == '\n' ? 0 : 1));
        RC_ASSERT(!to_text(*d, {}, false).empty());
        RC_ASSERT(!to_json(*d, {}).dump().empty());
    }));
}

TEST_CASE("the JSON of a diagnosis agrees with the history") {
    made_logs logs;
    three_machines(logs, {4, 3, 0});
    const auto j = nlohmann::json::parse(to_json(logs.diagnose(), logs.options).dump());
    CHECK(j["machines"].size() == 3);
    CHECK(j["machines"][0]["deliveries"] == 4);
    CHECK(j["slices"][2]["slice"] == "3/3");
    CHECK(j["deliveries"]["by_machine"]["consistent"] == true);
    CHECK(j["deliveries"]["by_machine"]["method"] == "exact multinomial");
    CHECK(j["runs"][0]["slice"] == "1/3");
    CHECK(j["needs_attention"] == false);
}

TEST_CASE("a line that is just being written is no entry of an unknown kind") {
    made_logs logs;
    logs.add("m1", "smtp", sent(10, 5, 1) + stamp(20, 5) + "<2@x> smtp to test for 3 rec");
    logs.add("m1", "error", stamp(30, 5) + "Master qrunner detected subprocess exit\nUnicodeDec");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "cut-line"));
    CHECK(finding_of(d, "cut-line")->weight == severity::note);
    CHECK_THAT(finding_of(d, "cut-line")->what, Contains("smtp:2"));
    CHECK_FALSE(finding_of(d, "not-understood"));
    // With its end it is one.
    made_logs whole;
    whole.add("m1", "smtp", sent(10, 5, 1) + stamp(20, 5) + "<2@x> smtp to test for 3 rec\n");
    CHECK(finding_of(whole.diagnose(), "unknown-entries"));
    CHECK_FALSE(finding_of(whole.diagnose(), "cut-line"));
}

/// Mailman 3's entries, for a container's output.
std::string entries3(int second, std::string_view prefix = "") {
    std::string text;
    for (const std::string_view runner : {"in", "out", "archive"}) {
        text +=
            std::string(prefix) + stamp(second, 20) + std::string(runner) + " runner started.\n";
    }
    return text + std::string(prefix) + sent(second + 60, 20, second);
}

TEST_CASE("other programs' lines in one stream are counted and lower no verdict") {
    made_logs logs;
    SECTION("docker compose, by the containers' names") {
        logs.add("m1", "stream",
                 "db-1    | PostgreSQL Database directory appears to contain a database\n"
                 "db-1    |\n"
                 "web-1   | Running migrations:\nweb-1   |   No migrations to apply.\n" +
                     entries3(0, "core-1  | ") +
                     "web-1   | 10.0.0.1 - - [24/May/2014:10:00:00 +0000] \"GET / HTTP/1.1\" 200\n"
                     "web-1   | [2014-05-24 10:00:00 +0000] [9] [ERROR] Exception in worker\n" +
                     entries3(100, "core-1  | "));
    }
    SECTION("one container, by their forms") {
        logs.add("m1", "stream",
                 "*** Starting uWSGI 2.0.20 (64bit) on [Sat May 24 00:00:00 2014] ***\n" +
                     entries3(0) +
                     "2014-05-24 00:01:00.123 UTC [45] u@db ERROR:  no relation at character 15\n"
                     "\tSELECT 1\n"
                     "2014/05/24 00:01:01 [error] 29#29: *1 connect() failed\n"
                     "ERROR 2014-05-24 00:01:02,123 41 django.request Internal Server Error: /x\n"
                     "2014-05-24 00:01:03 1uaZ3k-000AbC-Xy <= a@x H=localhost\n" +
                     entries3(100));
    }
    SECTION("a journal, by their tags") {
        const std::string at = "May 24 00:00:00 mx1 ";
        logs.add("m1", "stream",
                 at + "systemd[1]: Starting mailman3.service\n" + at +
                     "postfix/smtpd[8]: connect from x\n" +
                     entries3(0, "May 24 00:00:00 mx1 mailman3[20]: ") + at +
                     "CRON[9]: (root) CMD (x)\n");
    }
    const logs_diagnosis d = logs.diagnose();
    for (const finding& f : d.findings) UNSCOPED_INFO(f.what);
    CHECK_FALSE(needs_attention(d.findings));
    CHECK(d.history.machines[0].not_understood == 0);
    REQUIRE(finding_of(d, "other-programs"));
    CHECK(d.history.machines[0].others.lines() >= 3);
}

TEST_CASE("a line that Mailman may have written is not left out as another program's") {
    made_logs logs;
    SECTION("its container writes it") {
        logs.add("m1", "stream", entries3(0, "core-1 | ") + "core-1 | what is this\n");
    }
    SECTION("no container's name is known to be Mailman's core") {
        logs.add("m1", "stream", entries3(0) + "core-1 | what is this\n");
    }
    SECTION("its service writes it") {
        logs.add("m1", "stream",
                 entries3(0, "May 24 00:00:00 mx1 mailman3[20]: ") +
                     "May 24 00:00:09 mx1 mailman3[19]: what is this\n");
    }
    CHECK(finding_of(logs.diagnose(), "not-understood"));
}

TEST_CASE("a stream of several machines is not judged as one without a word") {
    made_logs logs;
    SECTION("hosts in a central syslog") {
        logs.add("m1", "stream",
                 entries3(0, "May 24 00:00:00 mx1 mailman3[20]: ") +
                     entries3(9, "May 24 00:00:09 mx2 mailman3[20]: "));
    }
    SECTION("containers of one service") {
        logs.add("m1", "stream", entries3(0, "core-1 | ") + entries3(9, "core-2 | "));
    }
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "several-machines"));
    CHECK(finding_of(d, "several-machines")->weight == severity::unclear);
    CHECK_THAT(finding_of(d, "several-machines")->what, Contains("2 hosts or containers"));
}

TEST_CASE("another container's lines do not end a trace, nor get into it") {
    made_logs logs;
    logs.add("m1", "stream",
             entries3(0, "core-1 | ") + "core-1 | " + stamp(5, 20) +
                 "Uncaught runner exception: no\n" + "core-1 | " + stamp(5, 20) +
                 "Traceback (most recent call last):\ncore-1 |   File \"x.py\", line 1, in f\n"
                 "web-1 | Not Found: /favicon.ico\nweb-1 | 10.0.0.1 - - [24/May/2014:10:00:00 "
                 "+0000] \"GET / HTTP/1.1\" 404 1\n"
                 "core-1 |     raise x\ncore-1 | KeyError: 'no'\n" +
                 "core-1 | " + stamp(5, 20) + "SHUNTING: 1400972196.5+ab\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "shunted"));
    CHECK_THAT(finding_of(d, "shunted")->what, Contains("KeyError: 'no'"));
    CHECK(d.history.machines[0].others.lines() == 2);
    CHECK_FALSE(finding_of(d, "not-understood"));
}

TEST_CASE("a file that begins in the middle of an entry is said to, and what it tells is told") {
    made_logs logs;
    std::string begin;
    bool in_trace = false;
    SECTION("in a stamp") { begin = sent(9, 5, 1).substr(14); }
    SECTION("in a Message-ID") { begin = sent(9, 5, 1).substr(26); }
    SECTION("in its last words") { begin = "leted in 0.1 seconds\n"; }
    SECTION("in a trace") {
        begin = "    f()\n  File \"x.py\", line 1, in f\n    raise x\nKeyError: 'no'\n";
        in_trace = true;
    }
    logs.add("m1", "smtp", begin + sent(10, 5, 2));
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "cut-line"));
    CHECK_THAT(finding_of(d, "cut-line")->what,
               Contains("smtp:1)") && Contains("begins in the middle"));
    CHECK_FALSE(finding_of(d, "not-understood"));
    CHECK(needs_attention(d.findings) == in_trace);
    if (in_trace) CHECK_THAT(finding_of(d, "exception")->what, Contains("KeyError: 'no'"));
}

TEST_CASE("logs without Mailman are refused with what is in them and what to give instead") {
    made_logs logs;
    const std::string at = "May 24 00:00:00 mx1 ";
    std::string more;
    SECTION("any journal") {}
    SECTION("one that tells of Mailman's service") {
        more =
            at + "systemd[1]: mailman3.service: Main process exited, code=killed, status=9/KILL\n";
    }
    logs.add(
        "m1", "journal",
        at + "sshd[7]: x\n" + at + "postfix/qmgr[8]: y\n" + at + "postfix/qmgr[8]: z\n" + more);
    history_builder builder;
    REQUIRE(read_all_logs(builder, logs.sources, {}));
    const auto d = diagnose_logs(builder.finish(), {});
    REQUIRE_FALSE(d);
    CHECK_THAT(d.error().what, Contains("postfix/qmgr (2)") && Contains("sshd (1)") &&
                                   Contains("/var/log/mailman3"));
    CHECK((d.error().what.find("status=9/KILL") != std::string::npos) == !more.empty());
}

TEST_CASE("a service's end that the journal tells, and a trace without a stamp, are findings") {
    made_logs logs;
    SECTION("killed when memory ran out") {
        const std::string at = "May 24 00:00:50 mx1 ";
        logs.add("m1", "stream",
                 entries3(0, "May 24 00:00:00 mx1 mailman3[20]: ") + at +
                     "kernel: Out of memory: Killed process 19 (python3) total-vm:4kB\n" + at +
                     "systemd[1]: mailman3.service: Failed with result 'oom-kill'.\n" + at +
                     "systemd[1]: mailman3-web.service: Main process exited, code=killed\n");
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, "service-ended"));
        CHECK_THAT(finding_of(d, "service-ended")->what,
                   Contains("Killed process 19") && Contains("oom-kill") && !Contains("web"));
        CHECK(needs_attention(d.findings));
    }
    SECTION("the master's end before it had a log") {
        logs.add("m1", "stream",
                 "Traceback (most recent call last):\n  File \"/usr/lib/python3/dist-packages/"
                 "mailman/bin/master.py\", line 300, in start\n    assert is_power_of_two(count)\n"
                 "AssertionError: Runner \"out\", not a power of 2: 3\n");
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, "trace-without-stamp"));
        CHECK_THAT(finding_of(d, "trace-without-stamp")->to_do[0].text, Contains("1, 2, 4, 8"));
    }
}

TEST_CASE("refused recipients are told by their cause, and single ones not at all") {
    const auto kind_of = [](std::string_view answer, int times, int recipients) {
        made_logs logs;
        std::string refusals;
        for (int i = 0; i < times; ++i) {
            refusals +=
                stamp(i, 5) + "delivery to r@y failed with code " + std::string(answer) + '\n';
        }
        logs.add("m1", "smtp-failure", refusals);
        std::string all;
        for (int i = 0; i < recipients / 3; ++i) all += sent(i, 5, i);
        logs.add("m1", "smtp", all);
        const logs_diagnosis d = logs.diagnose();
        return d.findings.empty()
                   ? std::string()
                   : d.findings[0].kind + ' ' + std::string(to_string(d.findings[0].weight));
    };
    CHECK(kind_of("550: 5.7.26 not accepted due to x's DMARC policy", 2, 30) ==
          "refused-dmarc attention");
    CHECK(kind_of("550, 5.7.1 part of their network is on our block list (S3140)", 2, 30) ==
          "refused-listed attention");
    CHECK(kind_of("554, 5.7.1 <r@y>: Relay access denied", 2, 30) == "relay-denied attention");
    CHECK(kind_of("451: 4.7.1 Greylisted", 2, 30) == "put-off note");
    CHECK(kind_of("451: 4.3.0 Temporary lookup failure", 20, 30) == "put-off attention");
    CHECK(kind_of("550: 5.1.1 User unknown", 2, 30).empty());
    CHECK(kind_of("550: 5.1.1 User unknown", 20, 30) == "refused attention");
    // No answer: what failed is told by an entry of its own.
    CHECK(kind_of("-1: [Errno 111] Connection refused", 20, 30).empty());
}

TEST_CASE("the calls that led to an entry about a lock belong to it") {
    made_logs logs;
    logs.add("m1", "locks",
             stamp(10, 5) + "dev.lock lifetime has expired, breaking\n" + stamp(10, 5) +
                 "  File \"/usr/lib/mailman/bin/qrunner\", line 278, in <module>\n" + stamp(10, 5) +
                 "    main()\n" + stamp(11, 6) + "dev.lock laying claim\n" + stamp(11, 6) +
                 "  File \"/usr/lib/mailman/bin/qrunner\", line 278, in <module>\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "lock"));
    CHECK_THAT(finding_of(d, "lock")->what,
               Contains("1 time a lock") && Contains("expired, breaking"));
    CHECK(d.findings.size() == 1);
    CHECK(d.history.machines[0].entries == 2);
}

TEST_CASE("runners that find nothing say nothing of a slice that has none") {
    std::string log = stamp(0, 1) + "Master started\n";
    for (int k = 0; k < 2; ++k) {
        log += stamp(0, 1) + "[" + std::to_string(20 + k) + "] out:" + std::to_string(k) + ":2\n" +
               stamp(1, 20 + k) + "out runner started.\n";
    }
    const std::string killed = stamp(600, 1) +
                               "Master detected subprocess exit\n(pid: 21, why: SIGNAL 9, class: "
                               "out, slice: 2/2) \n";
    const std::string idle = stamp(1800, 20) + "[out] ending oneloop: 0\n";
    made_logs both;
    both.add("m1", "mailman.log", log + idle);
    CHECK(finding_of(both.diagnose(), "idle"));
    made_logs one;
    one.add("m1", "mailman.log", log + killed + idle);
    const logs_diagnosis d = one.diagnose();
    CHECK_FALSE(finding_of(d, "idle"));
    CHECK_FALSE(finding_of(d, "gap"));
    REQUIRE(finding_of(d, "runner-died"));
    // Mailman's own restart leaves a runner out that is gone.
    CHECK_THAT(finding_of(d, "runner-died")->to_do[1].text,
               Contains("stop and start") && Contains("only those runners"));
}

TEST_CASE("what is said to be lost or kept is what Mailman does with it") {
    const auto told = [](std::string_view log, std::string_view text, std::string_view kind) {
        made_logs logs;
        logs.add("m1", log, stamp(10, 5) + std::string(text) + '\n');
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(finding_of(d, kind));
        return finding_of(d, kind)->what + ' ' + finding_of(d, kind)->to_do.at(0).text;
    };
    const std::string down =
        told("smtp-failure", "Low level smtp error: [Errno 111] refused, msgid: <1@a>",
             "mail-server-down");
    CHECK_THAT(
        down, Contains("retry/") && Contains("5 days") && Contains("Nothing is lost by it so far"));
    const std::string refused = told(
        "smtp-failure", "SMTP session failure: 554, rejected, msgid: <1@a>", "mail-server-refuses");
    CHECK_THAT(refused, Contains("552") && Contains("no recipient of that delivery gets it"));
    const std::string news =
        told("error", "(NNTPDirect) NNTP error for list \"dev\": 441 posting failed", "usenet");
    CHECK_THAT(news, !Contains("othing is lost") && Contains("not sent to the newsgroup again"));
    const std::string archive =
        told("error", "external archiver non-zero exit status: 256", "archiver");
    CHECK_THAT(archive, !Contains("othing is lost") && Contains("exit status: 256") &&
                            Contains("does not try again"));
}

TEST_CASE("one message is followed through the logs of all machines") {
    made_logs logs;
    logs.history.message = "1@x";
    logs.add("m1", "qrunner", started(0, 10, "OutgoingRunner"));
    logs.add("m1", "vette", stamp(5, 9) + "Message discarded, msgid: <11@x>\n");
    logs.add("m2", "smtp", sent(30, 20, 1) + sent(31, 20, 2));
    logs.add("m1", "post",
             stamp(20, 10) + "post to test from a@b, size=9, message-id=<1@x>, success\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.history.journey.size() == 2);
    CHECK(d.history.journey[0].machine == 0);
    CHECK(d.history.journey[1].time == midnight + 30);
    CHECK_THAT(journey_text(d.history, "1@x"), Contains("2 entries of 2 machines") &&
                                                   Contains("OutgoingRunner (pid 10)") &&
                                                   Contains("smtp to test"));
    CHECK(names_message("a <1@x> b", "1@x"));
    CHECK(names_message("message-id=1@x, success", "1@x"));
    CHECK_FALSE(names_message("a <11@x> b", "1@x"));
    CHECK_FALSE(names_message("a <1@x.org> b", "1@x"));
    CHECK_FALSE(names_message("a", ""));
}

TEST_CASE("escape sequences of machines' and runners' names never reach a terminal") {
    made_logs logs;
    const std::string log =
        started(0, 10, "Out\x1b[31mRunner") + exited(100, 10, "Out\x1b[31mRunner", "1/2") +
        stamp(200, 1) +
        "Qrunner Out\x1b[31mRunner reached maximum restart limit of 10, not restarting.\n" +
        stamp(201, 9) + "unknown \x1b]0;x\x07\n" + sent(300, 10, 1);
    for (const std::string name : {"log", "copy"}) logs.site.file(name, log, midnight);
    logs.sources = {"m\x1b[1m=" + logs.site.path("log"), "n=" + logs.site.path("copy")};
    const logs_diagnosis d = logs.diagnose();
    REQUIRE_FALSE(d.findings.empty());
    const std::string text = to_text(d, logs.options, false);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(to_json(d, logs.options).dump().find('\x1b') == std::string::npos);
}

TEST_CASE("a runner whose limit was used up by restarts on purpose did not die") {
    made_logs logs;
    logs.add("m1", "mailman.log",
             stamp(0, 11) + "nntp runner started.\n" + stamp(600, 11) +
                 "nntp runner caught SIGUSR1.  Stopping.\n" + stamp(600, 11) +
                 "nntp runner exiting.\n" + stamp(601, 1) +
                 "Master detected subprocess exit\n(pid: 11, why: EXIT 10, class: nntp, slice: "
                 "1/1) \n" +
                 stamp(601, 1) +
                 "Runner nntp reached maximum restart limit of 1, not restarting.\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].kind == "restart-limit");
    CHECK_THAT(d.findings[0].to_do[0].text, Contains("did not die"));
}

TEST_CASE("a runner that was killed and not started again is told, however soon the logs end") {
    std::string log;
    for (const char* name : {"in", "out"}) {
        log += stamp(0, name[0]) + name + " runner started.\n";
    }
    const auto killed = [](std::string_view how) {
        return stamp(600, 1) +
               "Master detected subprocess exit\n(pid: 111, why: " + std::string(how) +
               ", class: out, slice: 1/1) \n";
    };
    const std::string end = stamp(650, 'i') + "ACCEPT: <1@x>\n";
    SECTION("by a signal of the kernel") {
        made_logs logs;
        logs.add("m1", "mailman.log", log + killed("SIGNAL 9") + end);
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK(d.findings[0].kind == "runner-died");
        CHECK_THAT(d.findings[0].what, Contains("signal 9") && Contains("out/"));
        CHECK_THAT(d.findings[0].to_do[0].text, Contains("a second time"));
    }
    SECTION("by an error of its own, and another took its place later") {
        made_logs logs;
        logs.add("m1", "mailman.log",
                 log + killed("EXIT 1") + stamp(640, 112) + "out runner started.\n" + end);
        CHECK_FALSE(finding_of(logs.diagnose(), "runner-died"));
    }
    SECTION("by Mailman's own signal") {
        made_logs logs;
        logs.add("m1", "mailman.log", log + killed("EXIT 15") + end);
        CHECK_FALSE(finding_of(logs.diagnose(), "runner-died"));
    }
}

TEST_CASE("a runner that the master started without a word from it is named") {
    const auto site = [](std::string_view without, int end) {
        made_logs logs;
        std::string log = stamp(0, 1) + "Master started\n";
        int pid = 10;
        for (const std::string_view name :
             {"archive", "bounces", "command", "digest", "in", "lmtp", "nntp", "out", "pipeline",
              "rest", "retry", "task", "virgin"}) {
            ++pid;
            if (name != without) log += stamp(1, pid) + std::string(name) + " runner started.\n";
        }
        logs.add("m1", "mailman.log", log + stamp(end, 15) + "ACCEPT: <1@x>\n");
        return logs.diagnose().findings;
    };
    CHECK(site("", 600).empty());
    CHECK(site("nntp", 600).empty());
    CHECK(site("lmtp", 5).empty());
    const std::vector<finding> findings = site("lmtp", 600);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == "not-started");
    CHECK(findings[0].where == "m1, lmtp");
    CHECK_THAT(findings[0].what, Contains("no message comes in"));
    CHECK_THAT(findings[0].to_do[0].text, Contains("on purpose"));
}

TEST_CASE("processes that followed each other are not compared as if they ran side by side") {
    made_logs logs;
    std::string smtp;
    for (int i = 0; i < 20; ++i) smtp += sent(i * 400, i < 18 ? 4005 : 4105, i);
    logs.add("m1", "qrunner", started(0, 4005, "OutgoingRunner"));
    logs.add("m1", "smtp", smtp);
    CHECK_FALSE(finding_of(logs.diagnose(), "uneven-split"));
}

TEST_CASE("deliveries of Mailman 2.1 and of Mailman 3 are not compared") {
    made_logs logs;
    std::string smtp;
    for (int i = 0; i < 60; ++i) smtp += sent(i * 60, 100, i);
    logs.add("old", "qrunner", started(0, 100, "OutgoingRunner"));
    logs.add("old", "smtp", smtp);
    logs.add("new", "mailman.log", stamp(0, 200) + "out runner started.\n");
    logs.add("new", "smtp.log",
             stamp(9, 200) + "<n@x> smtp to l@x.org for 1 recips, completed in 0.1 seconds\n");
    const logs_diagnosis d = logs.diagnose();
    CHECK(finding_of(d, "two-versions"));
    CHECK_FALSE(finding_of(d, "uneven-split"));
    CHECK_FALSE(finding_of(d, "one-machine"));
    CHECK_FALSE(needs_attention(d.findings));
}

TEST_CASE("a slice that no machine ran is one finding, for all its runners and its missing mail") {
    made_logs logs;
    int message = 0;
    for (int m = 0; m < 3; ++m) {
        const std::string name = "m" + std::to_string(m + 1);
        const std::string slice = m == 0 ? "1/3" : "2/3";
        std::string starts;
        std::string ends;
        std::string smtp;
        for (const char* runner : {"IncomingRunner", "OutgoingRunner"}) {
            const int pid = 100 * (m + 1) + (runner[0] == 'O' ? 1 : 0);
            starts += started(0, pid, runner);
            ends += exited(3600, pid, runner, slice);
        }
        for (int i = 0; i < 30; ++i) smtp += sent(10 + i * 5, 100 * (m + 1) + 1, message++);
        logs.add(name, "qrunner", starts + ends);
        logs.add(name, "smtp", smtp);
    }
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(finding_of(d, "slice-not-run"));
    CHECK(finding_of(d, "slice-not-run")->where ==
          "IncomingRunner slice 3/3, OutgoingRunner slice 3/3");
    CHECK(d.findings.size() == 2);  // and that two machines ran slice 2/3
}

TEST_CASE("a cause with one remedy is told with it, and none that does not fit") {
    const auto advice = [](std::string_view log, std::string_view text) {
        made_logs logs;
        logs.add("m1", log, stamp(10, 5) + std::string(text) + '\n');
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        std::string all;
        for (const auto& a : d.findings[0].to_do) all += a.text + '\n';
        return all;
    };
    const std::string shunted = '\n' + stamp(10, 5) + "SHUNTING: 1400972196.5+ab";
    CHECK_THAT(advice("mailman.log",
                      "Uncaught runner exception: (pymysql.err.OperationalError) (1053, 'Server "
                      "shutdown in progress')" +
                          shunted),
               Contains("database") && Contains("before the messages are queued again"));
    CHECK_THAT(
        advice("error", "Uncaught runner exception: [Errno 28] No space left on device" + shunted),
        Contains("df -i"));
    CHECK_THAT(advice("mailman.log",
                      "while connecting to SMTP: [SSL: CERTIFICATE_VERIFY_FAILED] certificate "
                      "verify failed (_ssl.c:1123)"),
               Contains("not trusted") && !Contains("Start the mail server"));
    const std::string login = advice(
        "smtp-failure", "Low level smtp error: (535, 'authentication failed'), msgid: <1@x>");
    CHECK_THAT(login, Contains("SMTP_USER") && Contains("after 5 days") &&
                          !Contains("Start the mail server"));
    CHECK_THAT(
        advice("smtp.log", "<1@x> low level smtp error: [Errno -2] Name or service not known"),
        Contains("cannot be resolved") && !Contains("Start the mail server"));
    CHECK_THAT(advice("smtp.log", "<1@x> low level smtp error: [Errno 111] Connection refused"),
               Contains("Start the mail server"));
    CHECK_THAT(advice("mailman.log",
                      "HyperKitty failure on http://h/api: <html>\n<head><title>502 "
                      "Bad Gateway</title></head>\n</html>\n (502)"),
               Contains("uwsgi"));
    CHECK_THAT(
        advice("mailman.log", "HyperKitty failure on http://h/api: b'<title>401</title>' (401)"),
        Contains("MAILMAN_ARCHIVER_KEY"));
    // The same number elsewhere is no answer of HyperKitty's.
    CHECK_THAT(advice("error", "Uncaught runner exception: x (401)" + shunted),
               !Contains("MAILMAN_ARCHIVER_KEY"));
}

TEST_CASE("what a web server answered is told by its title and status") {
    made_logs logs;
    logs.add("m1", "mailman.log",
             stamp(1, 5) +
                 "HyperKitty failure on http://h/api: <html>\n<head><title>502 Bad "
                 "Gateway</title></head>\n</html>\n (502)\n" +
                 stamp(1, 5) + "Could not archive the message with id <1@x>\n" + stamp(1, 5) +
                 "Exception in the HyperKitty archiver: <html>\n" + stamp(1, 5) +
                 "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nValueError: "
                 "<html>\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.findings.size() == 1);
    CHECK_THAT(d.findings[0].what, Contains("Logged: '502 Bad Gateway (502)'"));
    CHECK(d.history.machines[0].not_understood == 0);
}

TEST_CASE("what programs of Mailman 2.1 write to standard error is told by the program") {
    const auto dump = [](int second, std::string_view program,
                         const std::vector<std::string>& lines) {
        std::string text;
        std::string head = stamp(second, 77);
        head.replace(head.find('('), 1, std::string(program) + '(');
        head.replace(head.find(") "), 2, "): ");
        for (const std::string& line : lines) text += head + line + '\n';
        return text;
    };
    const std::vector<std::string> trace{
        "Traceback (most recent call last):", "  File \"x.py\", line 1, in main", "    main()",
        "IOError: [Errno 13] Permission denied: '/q'"};
    std::vector<std::string> page{"@@@@@@@@", "[----- Mailman Version: 2.1.29 -----] ",
                                  "[----- Traceback ------] "};
    page.insert(page.end(), trace.begin(), trace.end());
    page.insert(page.end(), {"[----- Python Information -----] ", "sys.version     =   2.7.16",
                             "[----- Environment Variables -----] ", "\tREQUEST_METHOD: POST"});
    made_logs logs;
    logs.add("m1", "error",
             dump(0, "admin", page) + dump(1, "admin", page) + dump(20, "post", trace) +
                 dump(40, "qrunner", trace) +
                 dump(60, "mailmanctl",
                      {"No child with pid: 5000", "[Errno 3] No such process",
                       "Stale pid file removed."}));
    const logs_diagnosis d = logs.diagnose();
    CHECK(d.history.machines[0].other == 0);
    CHECK(d.history.machines[0].not_understood == 0);
    CHECK(d.findings.size() == 4);
    REQUIRE(finding_of(d, "web-page"));
    CHECK_THAT(finding_of(d, "web-page")->what,
               Contains("2 pages") && Contains("Permission denied"));
    REQUIRE(finding_of(d, "not-taken-in"));
    CHECK_THAT(finding_of(d, "not-taken-in")->what, Contains("1 message"));
    REQUIRE(finding_of(d, "runner-exception"));
    CHECK(finding_of(d, "stale-pid"));
}

TEST_CASE("what a process writes to standard error between the entries is no part of them") {
    made_logs logs;
    const std::string start = stamp(0, 20) + "in runner started.\n";
    const std::string end = stamp(60, 20) + "ACCEPT: <1@x>\n";
    SECTION("a trace that ends a runner") {
        logs.add("m1", "mailman.log",
                 start +
                     "Traceback (most recent call last):\n"
                     "  File \"/usr/lib/mailman3/bin/runner\", line 10, in <module>\n"
                     "    sys.exit(main())\nOSError: [Errno 98] Address already in use\n" +
                     end);
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK(d.findings[0].kind == "runner-exception");
        CHECK_THAT(d.findings[0].what, Contains("Address already in use"));
    }
    SECTION("starts that the master's lock refused") {
        logs.add("m1", "mailman.log",
                 start +
                     "The master lock could not be acquired because it appears as though another\n"
                     "master is already running.\n\n"
                     "The master lock could not be acquired because it appears as though another\n"
                     "master is already running.\n\n" +
                     end);
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK_THAT(d.findings[0].what, Contains("2 starts of Mailman were refused"));
    }
    SECTION("a warning of Python's") {
        logs.add("m1", "mailman.log",
                 start +
                     "/usr/lib/python3/dist-packages/mailman/database/base.py:104: SAWarning: "
                     "relationship X will copy column Q\n  return self._store.execute(query)\n" +
                     end);
        CHECK(logs.diagnose().findings.empty());
    }
    SECTION("answers of the REST server") {
        logs.add("m1", "mailman.log",
                 start +
                     "[24/May/2014:00:00:10 +0000] \"GET /3.1/lists HTTP/1.1\" 404 0 \"-\" \"c\"\n"
                     "[24/May/2014:00:00:11 +0000] \"GET /3.1/lists?x=1 HTTP/1.1\" 500 59\n"
                     "[24/May/2014:00:00:12 +0000] \"GET /3.1/lists?x=2 HTTP/1.1\" 500 59\n" +
                     end);
        const logs_diagnosis d = logs.diagnose();
        REQUIRE(d.findings.size() == 1);
        CHECK(d.findings[0].kind == "rest");
        CHECK_THAT(d.findings[0].what,
                   Contains("'GET /3.1/lists was answered with 500' (2 times)"));
    }
    CHECK(logs.diagnose().history.machines[0].not_understood == 0);
}

TEST_CASE("an entry that could not even be shunted is one trouble with one cause") {
    made_logs logs;
    const std::string raised =
        stamp(5, 31) + "Uncaught runner exception: [Errno 28] No space left on device\n" +
        stamp(5, 31) +
        "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nOSError: [Errno 28] "
        "No space left on device\n";
    logs.add("m1", "error",
             raised + raised + stamp(5, 31) +
                 "SHUNTING FAILED, preserving original entry: 1400972196.5+ab\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].kind == "shunt-failed");
    made_logs two;
    two.add("m1", "error", raised + raised);
    REQUIRE(finding_of(two.diagnose(), "exception"));
    CHECK_THAT(finding_of(two.diagnose(), "exception")->what, Contains("2 exceptions"));
}

TEST_CASE("a message's id ends where its line ends") {
    made_logs logs;
    logs.add("m1", "mailman.log",
             stamp(5, 31) +
                 "Failed to sign message: <1@x>\nTraceback (most recent call last):\n  File "
                 "\"x.py\", line 1, in f\ndkim.KeyFormatError: Private key not found\n");
    const logs_diagnosis d = logs.diagnose();
    REQUIRE(d.findings.size() == 1);
    CHECK_THAT(d.findings[0].what, Contains("Message: '<1@x>'."));
    CHECK_THAT(d.findings[0].to_do[0].text, Contains("without that signature"));
}
