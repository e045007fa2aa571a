#include "app/qslice_sim.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

using qslice::test::file_text;
using qslice::test::qslice_sim;
using qslice::test::run_program;
using qslice::test::scratch_directory;

namespace {

/// What a real parser reads in the file that a command writes; checks it by the schema's rules.
std::string cases_of(std::vector<std::string> command, int status) {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "junit.xml").string();
    command.insert(command.end(), {"--junit", file});
    const auto ran = qslice_sim(command);
    INFO(ran.out << ran.err);
    CHECK(ran.status == status);
    const auto read =
        run_program(QSLICE_PYTHON, {QSLICE_SOURCE_DIRECTORY "/tests/app/junit.py", file});
    INFO(read.err);
    CHECK(read.status == 0);
    return read.out;
}

}  // namespace

TEST_CASE(
    "run --junit has a case for each requirement and guarantee, with the story of a failure") {
    const std::string cases =
        cases_of({"run", "three-machines", "--posts", "300", "--require", "latency.p99 < 1ms",
                  "--require", "guarantee.list_order = 1", "--seed", "7"},
                 1);
    INFO(cases);
    CHECK(mentions(cases, "passed three-machines.requirements conservation.lost = 0\n"));
    CHECK(mentions(cases,
                   "failure three-machines.requirements latency.p99 < 1ms | latency.p99 < 1ms"));
    // The story of the guarantee that a requirement names.
    CHECK(mentions(cases, "failure three-machines.requirements guarantee.list_order = 1"));
    CHECK(mentions(cases, "But the other was delivered first"));
    CHECK(mentions(cases, "passed three-machines.guarantees conservation\n"));
    CHECK(mentions(cases, "skipped three-machines.guarantees list_order | not promised: "));
    CHECK(mentions(cases, "\nseed=7\n"));
    CHECK(mentions(cases,
                   "\nreplay=qslice-sim run three-machines --posts 300 --seed 7 --require "
                   "'latency.p99 < 1ms' --require 'guarantee.list_order = 1'\n"));
}

TEST_CASE("the command in a suite's property replay repeats the run") {
    const scratch_directory scratch;
    const auto path = [&](const char* name) { return (scratch.path() / name).string(); };
    const std::string again = path("again.xml");
    const std::vector<std::vector<std::string>> commands = {
        {"run", "three-machines", "--posts", "40", "--seed", "5", "--speedup", "1.75", "--require",
         "latency.max < 20s"},
        {"sweep", "three-machines", "--posts", "20", "--seed", "9", "--vary", "load=1,2",
         "--measure", "latency.p99", "--replications", "2"},
    };
    for (std::vector<std::string> command : commands) {
        const std::string first = path("first.xml");
        command.insert(command.end(), {"--junit", first});
        (void)qslice_sim(command);
        const std::string cases = file_text(first);
        const std::string before = "name=\"replay\" value=\"qslice-sim";
        const std::size_t at = cases.find(before);
        REQUIRE(at != std::string::npos);
        std::string replay = cases.substr(at + before.size());
        replay.resize(replay.find("\"/>"));
        // XML's way to write a character that requirements contain.
        if (const std::size_t less = replay.find("&lt;"); less != std::string::npos) {
            replay.replace(less, 4, "<");
        }
        INFO(replay);
        (void)run_program("/bin/sh",
                          {"-c", "exec \"$0\"" + replay + " --junit " + again, QSLICE_SIM_PROGRAM});
        CHECK(file_text(again) == cases);
    }
}

TEST_CASE("run --junit reports a promised guarantee that is broken as a failure") {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "a \"<&>\" site.toml").string();
    std::ofstream(file) << "name = \"a \\\"<&>\\u0001 s\u00efte\\\"\"\n"
                           "machine = [{ name = \"a\", runners = [\"*:0:2\"] }]\n"
                           "stream = { posts = 20 }\n";
    const std::string cases = cases_of({"run", file}, 0);
    INFO(cases);
    // Names with characters that XML has to escape, or does not allow.
    CHECK(mentions(cases, "failure a \"<&>? s\u00efte\".guarantees no_orphan | "));
    CHECK(mentions(cases, "No runner that was running at the end serves that slice"));
    CHECK(mentions(cases, "\nreplay=qslice-sim run '" + file + "'\n"));
}

TEST_CASE("sweep --junit has the cases of each alternative, and precision that was not reached") {
    const std::string cases =
        cases_of({"sweep", "three-machines", "--posts", "100", "--vary", "start_within=1s,2s",
                  "--measure", "fifo.list.inversions", "--replications", "3", "--max-replications",
                  "3", "--precision", "0.0001"},
                 1);
    INFO(cases);
    CHECK(mentions(cases,
                   "passed three-machines.requirements conservation.lost = 0 [start_within=1s]\n"));
    CHECK(mentions(cases, "passed three-machines.guarantees conservation [start_within=2s]\n"));
    CHECK(mentions(
        cases,
        "skipped three-machines.guarantees list_order [start_within=2s] | does not apply, or is "
        "not promised, in any replication\n"));
    CHECK(
        mentions(cases,
                 "error three-machines.precision within 0.0001 [start_within=2s] | not as precise "
                 "after 3 replications\n"));
    CHECK(mentions(cases,
                   "\nreplay=qslice-sim sweep three-machines --posts 100 --vary start_within=1s,2s "
                   "--measure fifo.list.inversions --replications 3 --precision 0.0001 "
                   "--max-replications 3 --confidence 0.95\n"));
}

TEST_CASE("sweep --junit says in how many replications a requirement is missed, and the seed") {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "site.toml").string();
    std::ofstream(file) << "name = \"site\"\nrequire = [\"latency.max < 1ms\"]\n"
                           "machine = [{ name = \"a\", runners = [\"*:0:1\"] }]\n"
                           "stream = { posts = 20 }\n";
    const std::string cases =
        cases_of({"sweep", file, "--measure", "latency.p99", "--replications", "3"}, 0);
    INFO(cases);
    CHECK(mentions(cases,
                   "failure site.requirements latency.max < 1ms | not met in 3 of 3 "
                   "replications, first with seed "));
    CHECK(mentions(cases, "    seed: "));
}

TEST_CASE("explore --junit has the seed and the file that replays a counterexample") {
    const scratch_directory scratch;
    const std::string out = (scratch.path() / "found.toml").string();
    const std::string found = cases_of({"explore", "two-machines", "--guarantee", "slice_order",
                                        "--vary", "times", "--seeds", "500", "--out", out},
                                       1);
    INFO(found);
    CHECK(mentions(found, "failure two-machines.guarantees slice_order | "));
    CHECK(mentions(found, "What happened:"));
    CHECK(mentions(found, "\nreplay=qslice-sim run " + out + "\n"));
    CHECK(mentions(found, "\nseed="));
    const std::string none = cases_of({"explore", "two-machines", "--seeds", "5"}, 0);
    INFO(none);
    CHECK(mentions(none, "passed two-machines.guarantees conservation\n"));
    CHECK(mentions(
        none, "skipped two-machines.guarantees list_order | the policy does not promise it\n"));
}

TEST_CASE("a walk whose budget ran out is not a pass") {
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "site.toml").string();
    std::ofstream(file) << "name = \"site\"\n"
                           "machine = [{ name = \"a\", runners = [\"IncomingRunner:0:1\", "
                           "\"OutgoingRunner:0:1\"] }]\n"
                           "storage = { kind = \"memory\" }\n"
                           "lists = { members = 1, digest_members = 0, archive = false }\n"
                           "stream = { posts = 1, size_median_bytes = 500, size_least_bytes = 0 }\n"
                           "digests = { period = 0 }\n";
    const std::string cases = cases_of({"explore", file, "--exhaustive", "--max-runs", "3"}, 1);
    INFO(cases);
    CHECK(mentions(cases,
                   "error site.guarantees conservation | --max-runs was reached before the end\n"));
}
