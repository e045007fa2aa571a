#include "app/qslice_sim.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using qslice::test::qslice_sim;
using qslice::test::scratch_directory;

namespace {

/// One invalid input: the command, and what the message has to say about place and problem.
struct wrong_input {
    const char* what;
    std::vector<std::string> arguments;  ///< "@" is the file or directory
    std::string place;                   ///< "@:3:12", a file's place, or an option
    std::string expectation;
    std::string content;  ///< of the file; empty with no name: there is no file
    std::string name = "input";
};

const std::string site =
    "[[machine]]\n"
    "name = \"m1\"\n"
    "runners = [\"*:0:1\"]\n";

const std::string head =
    "arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1\n";

std::vector<std::string> replaced(std::vector<std::string> texts, const std::string& path) {
    for (std::string& text : texts) {
        if (const auto at = text.find('@'); at != std::string::npos) text.replace(at, 1, path);
    }
    return texts;
}

void check(const wrong_input& c, const std::string& path) {
    INFO(c.what);
    const auto run = qslice_sim(replaced(c.arguments, path));
    INFO(run.err);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    const std::string begin = "qslice-sim: " + replaced({c.place}, path).front() + ": ";
    CHECK(run.err.substr(0, begin.size()) == begin);
    CHECK_THAT(run.err, Catch::Contains(c.expectation));
}

void check_files(const std::vector<wrong_input>& inputs) {
    const scratch_directory scratch;
    for (const wrong_input& c : inputs) check(c, scratch.file(c.name, c.content));
}

}  // namespace

TEST_CASE("an invalid scenario is rejected with line and column and what was expected") {
    check_files({
        {"an unknown table",
         {"run", "@"},
         "@:5:2",
         "unknown key 'strem' in a scenario; did you mean 'stream'?",
         site + "\n[strem]\nposts = 3\n"},
        {"an unknown key",
         {"run", "@"},
         "@:4:1",
         "did you mean 'runners'?",
         site + "runers = []\n"},
        {"a string for a number",
         {"run", "@"},
         "@:6:9",
         "expected a whole number of at least 0",
         site + "\n[stream]\nposts = \"many\"\n"},
        {"a negative number of posts",
         {"run", "@"},
         "@:6:9",
         "found the number -5",
         site + "\n[stream]\nposts = -5\n"},
        {"a share above 1",
         {"run", "@"},
         "@:6:14",
         "expected a number from 0 to 1",
         site + "\n[lists]\nheld_share = 1.5\n"},
        {"a time that is none",
         {"run", "@"},
         "@:6:12",
         "expected a time: a number of seconds",
         site + "\n[services]\ndelivery = \"fast\"\n"},
        {"no TOML", {"run", "@"}, "@:5:8", "expected ']'", site + "\n[stream\n"},
        {"an unknown runner",
         {"run", "@"},
         "@:3:12",
         "did you mean 'IncomingRunner'?",
         "[[machine]]\nname = \"m1\"\nrunners = [\"IncomingRuner:0:1\"]\n"},
        {"a slice beyond the last",
         {"run", "@"},
         "@:3:12",
         "the last of 3 is 2",
         "[[machine]]\nname = \"m1\"\nrunners = [\"IncomingRunner:3:3\"]\n"},
        {"an unknown measure",
         {"run", "@"},
         "@:1:12",
         "did you mean 'latency.p99'?",
         "require = [\"latncy.p99 < 3s\"]\n" + site},
        {"a requirement without a relation",
         {"run", "@"},
         "@:1:12",
         "expected MEASURE RELATION VALUE",
         "require = [\"latency.p99 ~ 3s\"]\n" + site},
        {"an unknown hash policy",
         {"run", "@"},
         "@:6:8",
         "expected a hash policy",
         site + "\n[policy]\nhash = \"md5\"\n"},
        {"a weight of 0",
         {"run", "@"},
         "@:6:13",
         "expected weights of at least 1",
         site + "\n[policy]\npartition = \"weighted:1,0\"\n"},
        {"an unknown fault",
         {"run", "@"},
         "@:6:8",
         "expected 'crash_process'",
         site + "\n[[fault]]\nkind = \"meteor\"\n"},
        {"a fault on an unknown machine",
         {"run", "@"},
         "@:7:11",
         "unknown machine 'm9'",
         site + "\n[[fault]]\nkind = \"slow_machine\"\nmachine = \"m9\"\nfactor = 2\n"},
        {"no machine",
         {"run", "@"},
         "@:1:1",
         "expected at least one [[machine]]",
         "[stream]\nposts = 4\n"},
        {"two machines of one name", {"run", "@"}, "@:5:8", "duplicate machine 'm1'", site + site},
    });
}

TEST_CASE("an invalid trace is rejected with its line and what was expected there") {
    check_files({
        {"other columns",
         {"run", "--trace", "@"},
         "@:1",
         "expected the columns 'arrival_epoch_s",
         "arrival,list\n1,a\n"},
        {"an empty file", {"run", "--trace", "@"}, "@:1", "found an empty file", ""},
        {"no posts", {"run", "--trace", "@"}, "@", "expected at least one post", head},
        {"a time in words",
         {"run", "--trace", "@"},
         "@:3",
         "expected seconds since the epoch",
         head + "1400000000,dev,100,0123456789abcdef,,0123456789abcdef\n"
                "yesterday,dev,100,0123456789abcdee,,0123456789abcdef\n"},
        {"a size in words",
         {"run", "--trace", "@"},
         "@:2",
         "expected a number of bytes",
         head + "1400000000,dev,big,0123456789abcdef,,0123456789abcdef\n"},
        {"fields that are missing",
         {"run", "--trace", "@"},
         "@:2",
         "expected 6 fields",
         head + "1400000000,dev\n"},
        {"an id that is no digest",
         {"run", "--trace", "@"},
         "@:2",
         "expected 16 hex digits",
         head + "1400000000,dev,100,xyz,,0123456789abcdef\n"},
        {"a damaged gzip file",
         {"run", "--trace", "@"},
         "@",
         "the gzip file is damaged",
         "\x1f\x8bgarbage",
         "input.csv.gz"},
    });
}

TEST_CASE("an invalid mbox, log or report is rejected with its line and what was expected there") {
    check_files({
        {"no mbox",
         {"run", "--mbox", "@"},
         "@:1",
         "expected an mbox, whose first line begins with",
         "Hello, this is no mbox\n"},
        {"an empty mbox", {"run", "--mbox", "@"}, "@:1", "found an empty file", ""},
        {"a message without header fields",
         {"run", "--mbox", "@"},
         "@",
         "message 1 at line 1: expected header fields",
         "From a@b Mon\nX\n"},
        {"a log without a line of Mailman's",
         {"logs", "@"},
         "@:1",
         "expected a Mailman log, with lines such as",
         "nothing that Mailman writes\n"},
        {"a report of no JSON", {"report", "@", "-o", "-"}, "@:1:1", "not JSON", "a,b\n"},
        {"a report of other JSON",
         {"report", "@", "-o", "-"},
         "@",
         "'/qslice' is missing",
         "{\"format\": 1}"},
    });
}

TEST_CASE("a missing or unsuitable file or directory is rejected by name") {
    const scratch_directory scratch;
    const std::string nowhere = (scratch.path() / "nowhere").string();
    for (const wrong_input& c : std::vector<wrong_input>{
             {"no scenario file", {"run", "@.toml"}, "@.toml", "No such file", ""},
             {"no trace", {"run", "--trace", "@"}, "@", "cannot be opened", ""},
             {"no mbox", {"run", "--mbox", "@"}, "@", "cannot be opened", ""},
             {"no queues", {"inspect", "@"}, "@", "expected a directory of queues", ""},
             {"no logs", {"logs", "@"}, "@", "No such file", ""},
             {"no JSON", {"report", "@", "-o", "-"}, "@", "No such file", ""},
         }) {
        check(c, nowhere);
    }
    const std::string empty = (scratch.path() / "empty").string();
    std::filesystem::create_directory(empty);
    for (const wrong_input& c : std::vector<wrong_input>{
             {"a directory for a trace", {"run", "--trace", "@"}, "@", "Is a directory", ""},
             {"a directory without queues",
              {"inspect", "@"},
              "@",
              "expected a Mailman directory with qfiles/",
              ""},
             {"a directory without logs",
              {"logs", "@"},
              "@",
              "expected a directory with Mailman's logs",
              ""},
         }) {
        check(c, empty);
    }
}

TEST_CASE("an invalid option is rejected by name, with what was expected") {
    const scratch_directory scratch;
    std::filesystem::create_directory(scratch.path() / "in");
    for (const wrong_input& c : std::vector<wrong_input>{
             {"a scenario's name",
              {"run", "seven-post"},
              "seven-post",
              "did you mean 'seven-posts'?",
              ""},
             {"no posts", {"run", "--posts", "0"}, "--posts", "expected a whole number from 1", ""},
             {"no speed", {"run", "--speedup", "0"}, "--speedup", "expected a number above 0", ""},
             {"a value of no measure",
              {"run", "--require", "latency.p99 < soon"},
              "--require",
              "expected a number, a time such as 30s",
              ""},
             {"a trace and an mbox",
              {"run", "--trace", "a", "--mbox", "b"},
              "--trace",
              "excludes --mbox",
              ""},
             {"slices of no queue", {"inspect", "@", "--slices", "x"}, "--slices", "expected", ""},
             {"an unknown partition",
              {"inspect", "@", "--partition", "hexagon"},
              "--partition",
              "expected",
              ""},
             {"a slice beyond the last",
              {"inspect", "@", "--running", "IncomingRunner:4:4"},
              "--running",
              "expected",
              ""},
             {"an unknown time zone",
              {"logs", "@", "--timezone", "Mars/Base"},
              "--timezone",
              "expected a time zone",
              ""},
             {"a count in words",
              {"explain", "--seen", "4,x,0"},
              "--seen",
              "expected a whole number",
              ""},
             {"more counts than machines",
              {"explain", "--machines", "2", "--seen", "1,2,3"},
              "--seen",
              "expected at most 2 counts, one per machine",
              ""},
             {"a name of no entry",
              {"explain", "hello.pck", "--slices", "3"},
              "hello.pck",
              "expected TIME+HASH",
              ""},
             {"nothing to explain", {"explain"}, "explain", "expected --seen", ""},
             {"nothing to plan", {"plan"}, "plan", "expected --goal TEXT", ""},
             {"half a change", {"plan", "--from", "3"}, "--from", "requires --to", ""},
             {"a bound on a walk, in a search",
              {"explore", "--max-runs", "3"},
              "--max-runs",
              "requires --exhaustive",
              ""},
             {"a dimension without values",
              {"sweep", "--vary", "slices", "--measure", "latency.mean"},
              "--vary",
              "expected KEY=VALUE,VALUE,...",
              ""},
             {"a measure in part",
              {"sweep", "--measure", "latency"},
              "--measure",
              "unknown measure 'latency'",
              ""},
             {"an unknown guarantee",
              {"explore", "--guarantee", "nothing"},
              "--guarantee",
              "expected one of conservation",
              ""},
             {"too many slices",
              {"lab", "--slices", "0"},
              "--slices",
              "expected a whole number from 1 to 256",
              ""},
         }) {
        check(c, scratch.path().string());
    }
}

TEST_CASE("an empty file name is rejected, not taken for none") {
    for (const char* option : {"--html", "--records", "--mbox"}) {
        const auto said = qslice_sim({"run", "--posts", "3", option, ""});
        CHECK(said.status == 2);
        CHECK_THAT(said.err, Catch::Contains(option) && Catch::Contains("'s name, found ''"));
    }
}
