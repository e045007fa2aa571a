#include "app/qslice_sim.hpp"

#include <qslice/version.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using qslice::test::qslice_sim;

TEST_CASE("the version is the library's") {
    const auto run = qslice_sim({"--version"});
    CHECK(run.status == 0);
    CHECK(run.out == "qslice-sim " + std::string(qslice::version_text) + "\n");
    CHECK(run.err.empty());
}

TEST_CASE("help goes to standard output, with the commands and the exit statuses") {
    const auto run = qslice_sim({"--help"});
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    CHECK_THAT(run.out, Catch::Contains("scenarios") && Catch::Contains("Exit status:"));
    CHECK_THAT(qslice_sim({"scenarios", "--help"}).out, Catch::Contains("--print SCENARIO"));
}

TEST_CASE("an invalid command line gives one line on standard error, and status 2") {
    struct wrong {
        std::vector<std::string> arguments;
        std::string message;
    };
    const auto c = GENERATE(values<wrong>({
        {{"scenaros"}, "scenaros: unknown command; did you mean 'scenarios'?"},
        {{"everything"}, "everything: unknown command; 'qslice-sim --help' lists them"},
        {{"--sed", "3"}, "--sed: unknown option; did you mean '--seed'?"},
        {{"scenarios", "--prnt", "x"},
         "--prnt: 'scenarios' has no such option; did you mean '--print'?"},
        {{"scenarios", "-x"}, "-x: 'scenarios' has no such option"},
        {{"scenarios", "seven-posts", "more"}, "more: 'scenarios' does not take this argument"},
        {{"scenarios", "--print"}, "--print: expected a value after this option"},
        {{"scenarios", "--print", "a", "--print", "b"}, "--print: was given more than once"},
        {{"scenarios", "--json=maybe"}, "--json: cannot be 'maybe'"},
        {{"scenarios", "--colour", "blue"},
         "--colour: expected auto, always or never, found 'blue'"},
        {{"--seed", "-1"},
         "--seed: expected a whole number from 0 to 9223372036854775807, found '-1'"},
        {{"--seed", "18446744073709551616"},
         "--seed: expected a whole number from 0 to 9223372036854775807, found "
         "'18446744073709551616'"},
        {{"scenarios", "--print", "seven-post"},
         "seven-post: no such built-in scenario; did you mean 'seven-posts'?"},
        {{"scenarios", "seven-post"},
         "seven-post: no such built-in scenario; did you mean 'seven-posts'?"},
        {{"inspect", ".", "--now", "yesterday"}, "--now: expected a number, found 'yesterday'"},
    }));
    CAPTURE(c.message);
    const auto run = qslice_sim(c.arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "qslice-sim: " + c.message + "\n");
}

TEST_CASE("output that cannot be written is an error, not silence") {
    const auto run = qslice::test::run_program(
        "/bin/sh", {"-c", "exec \"$0\" scenarios > /dev/full", QSLICE_SIM_PROGRAM});
    CHECK(run.status == 2);
    CHECK(run.err == "qslice-sim: standard output: write failed: No space left on device\n");
}
