#include "app/qslice_sim.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

// Situations that people who run such queues have reported in public, and what a right answer
// contains and must not say.

using Catch::Matchers::Contains;
using qslice::test::in_one_line;
using qslice::test::program_run;
using qslice::test::scratch_directory;

namespace {

namespace fs = std::filesystem;

/// A case in a directory of its own; its queue files have the age that their names tell.
struct played_case {
    explicit played_case(const std::string& name) {
        fs::copy(fs::path(QSLICE_TEST_DATA) / "cases" / name, scratch.path(),
                 fs::copy_options::recursive);
        for (const auto& e : fs::recursive_directory_iterator(scratch.path())) {
            const std::string file = e.path().filename().string();
            const std::size_t plus = file.find('+');
            if (!e.is_regular_file() || plus == std::string::npos) continue;
            const timespec stamp{std::strtol(file.c_str(), nullptr, 10), 0};
            const std::array<timespec, 2> times{stamp, stamp};
            REQUIRE(::utimensat(AT_FDCWD, e.path().c_str(), times.data(), 0) == 0);
        }
    }

    /// Runs the program in the case's directory.
    /// @param arguments  as a shell reads them
    [[nodiscard]] program_run run(const std::string& arguments) const {
        return qslice::test::run_program(
            "/bin/sh", {"-c", "cd '" + scratch.path().string() + "' && '" + QSLICE_SIM_PROGRAM +
                                  "' " + arguments});
    }

    scratch_directory scratch;
};

void check(const program_run& run, int status, const std::vector<std::string>& says,
           const std::vector<std::string>& never = {}) {
    const std::string text = in_one_line(run.out + run.err);
    CHECK(run.status == status);
    for (const std::string& part : says) CHECK_THAT(text, Contains(part));
    for (const std::string& part : never) CHECK_THAT(text, !Contains(part));
}

}  // namespace

TEST_CASE("case 1: three of four incoming runners are in the output of ps") {
    const played_case c("01-three-of-four-incoming");
    for (const char* ps : {"ps.txt", "ps-grep.txt"}) {
        check(c.run(std::string("inspect qfiles --now 1172040000 --running \"$(cat ") + ps + ")\""),
              1, {"No runner serves slice 4/4; 25 entries", "1 problem needs attention"});
    }
    check(c.run("logs logs"), 1,
          {"restart limit", "Slice 4/4 has had no runner", "the other slices are not concerned",
           "1 problem needs attention"},
          {"nobody", "lost power"});
}

TEST_CASE("case 2: an entry was kept after its runner had died on it three times") {
    const played_case c("02-psv-max-count");
    check(c.run("inspect qfiles"), 1,
          {"recovered 3 times (_bak_count)", "Renaming it to .pck alone does not work",
           "Reset the counter", "qslice-sim restore qfiles"});
    check(c.run("inspect qfiles/bad/*.psv"), 0, {"_bak_count 3"});
    check(c.run("logs logs"), 1, {"had died three times", "_bak_count"});
}

TEST_CASE("case 4: partial files were left long ago") {
    const played_case c("04-pck-tmp-left");
    check(c.run("inspect qfiles"), 1,
          {"3 files were left between writing and renaming", "No runner reads such a file",
           "a full disk, permissions", "3 of 3 opened hold a whole message", "qslice-sim inspect"});
}

TEST_CASE("case 5: the mail server accepts one recipient per second") {
    const played_case c("05-out-backlog-continuous-smtp");
    check(c.run("inspect qfiles --now \"$(cat now)\""), 1, {"179 entries have waited"},
          {"been in hand (.bak) for more"});
    check(c.run("logs logs"), 1,
          {"never idle", "began when the one before ended", "1.0 recipients per second",
           "mail server accepts too slowly", "DNS lookups", "Only then consider more slices"});
}

TEST_CASE("case 6: two runners serve one slice of a shared queue") {
    const played_case c("06-two-runners-one-slice-nfs");
    check(c.run("logs node1 node2-error-only"), 1,
          {"1 entry was taken by two runners at once", "not unparseable", "neither delete it",
           "the only copy", "Give each slice to one runner"},
          {"could not be parsed"});
    check(c.run("logs mm3-real"), 1, {"1 entry was taken by two runners at once"},
          {"could not be parsed"});
    check(c.run("inspect qfiles"), 1, {"two runners on one slice", "Message-ID was sent"});
}

TEST_CASE("case 7: one of four slices hangs") {
    const played_case c("07-one-slice-hangs");
    check(c.run("inspect qfiles --slices in=4 --now \"$(cat now)\""), 1,
          {"Slice 3/4 holds 30 of 31", "Only slice 3/4 is late", ".bak' in hand",
           "still shows in ps", "once in 4", "out of order", "1 problem needs attention"});
    check(c.run("logs logs"), 1, {"Slice 3/4 sent nothing", "1 problem needs attention"});
}

TEST_CASE("case 9: five messages were shunted, each by one exception") {
    const played_case c("09-mm3-five-shunted");
    check(c.run("inspect ."), 1,
          {"5 messages were set aside", "mailman unshunt", "they get it again", "mailman qfile"});
    check(c.run("logs logs"), 1,
          {"5 messages were set aside", "UnicodeDecodeError", "(5 times)",
           "1 problem needs attention"},
          {"10 exceptions"});
}

TEST_CASE("case 10: an archiver fails at each message, and delivery works") {
    const played_case c("10-mm3-archiver-fails");
    for (const char* logs : {"logs", "logs-plugin"}) {
        check(c.run(std::string("logs ") + logs), 1,
              {"3 messages were not archived", "SSLError", "Delivery is not affected", "base_url",
               "var/archives/hyperkitty/spool", "not in shunt/", "1 problem needs attention"},
              {"could not be parsed", "of no known kind"});
    }
}

TEST_CASE("case 11: only notices are delivered, and all runners find their queues empty") {
    const played_case c("11-mm3-smtp-and-debug-log");
    check(c.run("logs logs"), 0,
          {"All 3 deliveries are notices", "never reached in/", "the mail server and at LMTP"});
    check(c.run("logs logs/debug.log"), 0, {"nothing is stuck in Mailman's queues"});
    check(c.run("logs logs/smtp.log"), 0, {"Of 3 deliveries"});
}

TEST_CASE("case 14: a key with most of the traffic fills one slice") {
    const scratch_directory scratch;
    std::string trace =
        "arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1\n";
    for (int i = 0; i < 2000; ++i) {
        const std::string list = i % 100 < 62 ? "big" : 'l' + std::to_string(i % 37);
        const std::string id = std::to_string(1000000000000000 + i);
        trace += std::to_string(1400000000 + i) + ',' + list + ",5000," + id + ",," + id + '\n';
    }
    const std::string file = scratch.file("trace.csv", trace);
    const auto by_key = qslice::test::qslice_sim(
        {"balance", "--trace", file, "--hash", "list_affinity", "--slices", "4", "--no-times"});
    check(by_key, 0,
          {"keeps messages together", "times its share", "'big', has 62.0% of all messages",
           "whatever the number of slices", "bounded loads", "the order within a list"});
    const auto by_message = qslice::test::qslice_sim(
        {"balance", "--trace", file, "--hash", "mailman21", "--slices", "4", "--no-times"});
    check(by_message, 0, {"chance"});
}

TEST_CASE("case 16: Mailman 3 takes no three instances") {
    for (const std::string more : {"", "mailman3"}) {
        std::vector<std::string> arguments{"plan", "--from", "2", "--to", "3", "--mailman", "3"};
        if (!more.empty()) arguments.insert(arguments.end(), {"--partition", more});
        check(qslice::test::qslice_sim(arguments), 2, {"power of two", "found 3"});
    }
    const std::string entry = "1400972196.25+305614b68b0427faada6e1816699495e13797be8.pck";
    check(qslice::test::qslice_sim({"explain", entry, "--slices", "3", "--mailman", "3"}), 2,
          {"--slices", "power of two"});
    check(qslice::test::qslice_sim({"explain", entry, "--slices", "4", "--mailman", "3"}), 0,
          {"slice"});
}

TEST_CASE("case 17: one of two slices was restarted, the other ran on") {
    const played_case c("17-one-restart-of-two-slices");
    for (const char* more : {"", " --running mx1=OutgoingRunner:0:2,mx1=OutgoingRunner:1:2"}) {
        check(
            c.run(std::string("logs mx1") + more), 0,
            {"OutgoingRunner slice 2/2: The master had to restart it once, at 2014-05-24 15:10:00",
             "signal 9", "1/2 20 and 2/2 20"},
            {"nobody", "lost power"});
    }
}

TEST_CASE("case 18: the mail server is down") {
    const played_case c("18-mta-down");
    check(c.run("logs logs"), 1,
          {"Cannot connect to SMTP server localhost on port 25", "(111, 'Connection refused')",
           "SMTPHOST and SMTPPORT", "out/ grows until it answers", "Nothing is lost"});
    check(c.run("logs mm3"), 1,
          {"Cannot connect to SMTP server", "1 message was given up", "lost", "<1@example.org>"});
}

TEST_CASE("case 20: three machines have log directories of one name") {
    const played_case c("20-two-machines-same-dirname");
    for (const char* sources :
         {"mx1/var/log/mailman mx2/var/log/mailman mx3/var/log/mailman",
          "mx1=mx1/var/log/mailman mx2=mx2/var/log/mailman mx3=mx3/var/log/mailman"}) {
        check(c.run(std::string("logs ") + sources), 1,
              {"Logs of 3 machines", "mx1 30, mx2 30 and mx3 0"});
    }
}

TEST_CASE("case 21: one message is lost, one is for a missing list") {
    const played_case c("21-lost-and-missing-list");
    check(c.run("logs logs"), 1,
          {"1 unreadable entry was thrown away: its message is lost", "QRUNNER_SAVE_BAD_MESSAGES",
           "1 message for a list that does not exist was set aside into shunt/", "'old-list'",
           "[Errno 13] Permission denied"},
          {"could not be parsed", "exceptions were logged"});
}

TEST_CASE("case 22: what other programs put before a log's entries is taken off") {
    const played_case c("22-prefixed-and-odd-stamps");
    for (const auto& e : fs::directory_iterator(c.scratch.path() / "f")) {
        INFO(e.path());
        const auto run = c.run("logs f/" + e.path().filename().string());
        CHECK_THAT(run.out, Contains("Of 1 delivery"));
        CHECK_THAT(run.out, !Contains("could not be parsed") && !Contains("of no known kind"));
    }
}

TEST_CASE("case 24: Red Hat keeps the queues below /var/spool/mailman") {
    const played_case c("24-redhat-spool");
    for (const char* queue :
         {"archive", "bounces", "commands", "in", "news", "retry", "shunt", "virgin"}) {
        fs::create_directories(c.scratch.path() / "spool/mailman" / queue);
    }
    check(c.run("inspect spool/mailman --now \"$(cat now)\""), 0, {"Mailman 2.1", "out/ 500"});
    check(c.run("inspect spool/mailman --now \"$(cat now)\" --limit 400"), 1,
          {"500 entries wait in it, more than the limit of 400", "To hold messages back"});
}

TEST_CASE("case 25: a live Mailman 3 lists its runners without queues and gunicorn's workers") {
    const played_case c("25-mm3-live-ps-and-logs");
    for (const char* queue : {"archive", "bounces", "command", "digest", "in", "nntp", "out",
                              "pipeline", "retry", "shunt", "virgin"}) {
        fs::create_directories(c.scratch.path() / "var/queue" / queue);
    }
    check(c.run("inspect var --running \"$(cat ps.txt)\""), 0, {"Nothing to do."});
    check(c.run("logs logs"), 1,
          {"1 message was set aside into shunt/", "Multiple rows were found"},
          {"could not be parsed", "of no known kind"});
}

TEST_CASE("case 27: one of 64 outgoing slices stalls") {
    const played_case c("27-mm3-64-out-runners-one-stalls");
    check(c.run("inspect var --slices out=64 --partition mailman3 --now \"$(cat now)\""), 1,
          {"Slice 38/64 holds 120 of 145", "Only slice 38/64 is late", "lsof",
           "More slices do not help"});
}

TEST_CASE("case 30: an entry with a set of recipients is shown") {
    const played_case c("30-mm3-entry-with-recipients");
    for (const char* queue : {"out", "shunt"}) {
        check(c.run(std::string("inspect var/queue/") + queue + "/*.pck"), 0,
              {"listid", "whichq", "(3)", "version"}, {"malformed", "Could not be parsed"});
    }
}
