#include <qslice/topology/check_processes.hpp>
#include <qslice/topology/process.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;

TEST_CASE("a runner's slice is read back from its text") {
    CHECK(rc::check([] {
        const auto count = *rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 32);
        const auto slice = static_cast<slice_index>(*rc::gen::inRange<std::uint64_t>(0, count));
        const runner_slice r{"IncomingRunner", slice, count};
        RC_ASSERT(parse_runner_slice(to_string(r)).value() == r);
    }));
    CHECK(parse_runner_slice("RetryRunner").value() == runner_slice{"RetryRunner", 0, 1});
}

TEST_CASE("text that is not a runner's slice is an error that says what is wrong") {
    const auto problem = [](std::string_view text) {
        const auto r = parse_runner_slice(text);
        return r ? std::string("none") : r.error().to_string();
    };
    const std::string form = "expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; ";
    CHECK(problem("") == ": " + form + "found no runner (malformed)");
    CHECK(problem("X:1") ==
          "X:1: " + form + "found no slice number between two colons (malformed)");
    CHECK(problem("X:-1:3").find("no slice number") != std::string::npos);
    CHECK(problem("X:1:").find("no number of slices") != std::string::npos);
    CHECK(problem("X:1:3x").find("no number of slices") != std::string::npos);
    CHECK(problem("X:3:3").find("the last of 3 is 2") != std::string::npos);
    CHECK(problem("X:0:0").find("found 0 slices") != std::string::npos);
}

TEST_CASE("processes that run each slice once, on any machines, are valid") {
    const std::vector<runner_process> site{{"a", {"IncomingRunner", 1, 2}},
                                           {"b", {"IncomingRunner", 0, 2}},
                                           {"b", {"ArchRunner", 0, 1}}};
    CHECK(check_processes(site));
    CHECK(check_processes({}));
}

TEST_CASE("processes that omit a slice, share one or disagree are named") {
    const auto problem = [](std::vector<runner_process> site) {
        const auto checked = check_processes(site);
        return checked ? std::string("none") : checked.error().to_string();
    };
    CHECK(problem({{"a", {"ArchRunner", 0, 3}}, {"b", {"ArchRunner", 2, 3}}}) ==
          "ArchRunner:1:3: a slice that no machine runs: its messages would wait forever "
          "(malformed)");
    CHECK(
        problem({{"a", {"ArchRunner", 0, 1}}, {"b", {"ArchRunner", 0, 1}}}) ==
        "b, ArchRunner:0:1: a slice that a runs as well: they would race for each of its messages "
        "(malformed)");
    CHECK(
        problem({{"a", {"ArchRunner", 0, 2}}, {"b", {"ArchRunner", 2, 3}}}) ==
        "b, ArchRunner:2:3: a different number of slices than ArchRunner:0:2 on a: an entry could "
        "have two owners or none (malformed)");
    CHECK(problem({{"a", {"ArchRunner", 3, 3}}}).find("no such slice") != std::string::npos);
}
