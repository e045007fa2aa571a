// qslice-sim under mpirun on this machine: several processes give the same bytes as one.

#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace qslice::test;

namespace {

/// Whether the program was built with MPI; says so if not.
bool can_run() {
    const bool found = !std::string_view(QSLICE_MPIRUN).empty();
    if (!found) WARN("skipped: qslice-sim was built without MPI (-D QSLICE_WITH_MPI=ON)");
    return found;
}

/// Under mpirun; "..." in the words stands for the program.
program_run under_mpirun(std::vector<std::string> words) {
    std::replace(words.begin(), words.end(), std::string("..."), std::string(QSLICE_SIM_PROGRAM));
    // On this machine alone, with more processes than processors and by whatever user.
    const std::vector<std::string> here{
        "--oversubscribe", "--allow-run-as-root", "--mca", "plm", "isolated", "--mca", "btl",
        "self,vader"};
    words.insert(words.begin(), here.begin(), here.end());
    return run_program(QSLICE_MPIRUN, words,
                       {"LC_ALL=C.UTF-8", "OMPI_ALLOW_RUN_AS_ROOT=1",
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "HOME=/tmp", "TMPDIR=/tmp"});
}

program_run with_processes(std::string count, const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"-np", std::move(count), "..."};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return under_mpirun(std::move(words));
}

}  // namespace

TEST_CASE("a search gives the same output on 1 and 2 threads and in 4 processes of mpirun") {
    if (!can_run()) return;
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "found.toml").string();
    std::vector<std::string> search{"explore", "two-machines", "--guarantee", "exactly_once",
                                    "--vary",  "crashes",      "--seeds",     "4000",
                                    "--out",   file,           "--jobs",      "1"};
    const auto one = qslice_sim(search);
    const std::string written = file_text(file);
    CHECK(one.status == 1);
    CHECK(one.out.find("breaks exactly_once") != std::string::npos);
    const auto same = [&](const program_run& other) {
        INFO(other.err);
        CHECK(other.status == 1);
        CHECK(other.out == one.out);
        CHECK(file_text(file) == written);
    };
    same(with_processes("4", search));
    search.back() = "2";
    same(qslice_sim(search));
    same(with_processes("2", search));
}

TEST_CASE("a search that finds nothing counts the runs of all processes") {
    if (!can_run()) return;
    const std::vector<std::string> search{
        "explore",       "two-machines", "--guarantee", "one_owner", "--vary",
        "crashes,power", "--seeds",      "3000",        "--jobs",    "1"};
    const auto one = qslice_sim(search);
    const auto four = with_processes("4", search);
    INFO(four.err);
    CHECK(one.status == 0);
    CHECK(one.out.find("3,000 runs") == 0);
    CHECK(four.status == 0);
    CHECK(four.out == one.out);
}

TEST_CASE("a sweep gives the same output on 1 and 2 threads and in 4 processes of mpirun") {
    if (!can_run()) return;
    std::vector<std::string> sweep{
        "sweep",     "three-machines",           "--posts",        "60", "--vary", "slices=1,3",
        "--measure", "latency.mean,latency.p99", "--replications", "6",  "--json", "--jobs",
        "1"};
    const auto one = qslice_sim(sweep);
    CHECK(one.status == 0);
    const auto four = with_processes("4", sweep);
    INFO(four.err);
    CHECK(four.status == 0);
    CHECK(four.out == one.out);
    sweep.back() = "2";
    CHECK(qslice_sim(sweep).out == one.out);
}

TEST_CASE("a file that one of the processes cannot read is reported once, with the process") {
    if (!can_run()) return;
    const scratch_directory with;
    const scratch_directory without;
    const std::string site = with.file("site.toml", "[[machine]]\nname = \"mx1\"\n");
    std::vector<std::string> words;
    for (const auto* directory : {&with, &without}) {
        if (!words.empty()) words.emplace_back(":");
        for (const char* word : {"-np", "2", "-wdir"}) words.emplace_back(word);
        words.push_back(directory->path().string());
        for (const char* word : {"...", "explore", "site.toml", "--seeds", "10"}) {
            words.emplace_back(word);
        }
    }
    const auto run = under_mpirun(words);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    const std::string expected = "(in process 2 of mpirun)";
    const auto at = run.err.find(expected);
    INFO(run.err);
    REQUIRE(at != std::string::npos);
    CHECK(run.err.find("qslice-sim: site.toml: ") != std::string::npos);
    CHECK(run.err.find("qslice-sim: ", at) == std::string::npos);
}
