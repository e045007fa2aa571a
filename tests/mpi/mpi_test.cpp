// qslice-sim under mpirun on this machine: four processes say what one says, to the byte.

#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace qslice::test;

namespace {

/// Whether the program was built with MPI and there is an mpirun; says so where not.
bool can_run() {
    const std::string_view mpirun = QSLICE_MPIRUN;
    const bool found = !mpirun.empty() && !mpirun.ends_with("NOTFOUND");
    if (!found) WARN("skipped: qslice-sim was built without MPI (libopenmpi-dev, openmpi-bin)");
    return found;
}

program_run with_four_processes(std::vector<std::string> arguments) {
    std::vector<std::string> words{"-np",   "4",   "--oversubscribe", "--allow-run-as-root",
                                   "--mca", "btl", "self,vader,tcp",  QSLICE_SIM_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run_program(QSLICE_MPIRUN, words,
                       {"LC_ALL=C.UTF-8", "OMPI_ALLOW_RUN_AS_ROOT=1",
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "HOME=/tmp", "TMPDIR=/tmp"});
}

}  // namespace

TEST_CASE("a search says the same in four processes of mpirun as in one") {
    if (!can_run()) return;
    const scratch_directory scratch;
    const std::string file = (scratch.path() / "found.toml").string();
    const std::vector<std::string> search{
        "explore", "two-machines", "--guarantee", "exactly_once", "--vary", "crashes", "--seeds",
        "4000",    "--jobs",       "1",           "--out",        file};
    const auto one = qslice_sim(search);
    const std::string written = file_text(file);
    const auto four = with_four_processes(search);
    INFO(four.err);
    CHECK(one.status == 1);
    CHECK(four.out == one.out);
    CHECK(file_text(file) == written);
}

TEST_CASE("a search that finds nothing counts the runs of all processes") {
    if (!can_run()) return;
    const std::vector<std::string> search{
        "explore",       "two-machines", "--guarantee", "one_owner", "--vary",
        "crashes,power", "--seeds",      "3000",        "--jobs",    "1"};
    const auto one = qslice_sim(search);
    const auto four = with_four_processes(search);
    INFO(four.err);
    CHECK(one.status == 0);
    CHECK(four.out == one.out);
}

TEST_CASE("a sweep says the same in four processes of mpirun as in one") {
    if (!can_run()) return;
    const std::vector<std::string> sweep{
        "sweep",          "mission",    "--posts",   "60",
        "--vary",         "slices=1,3", "--measure", "latency.mean,latency.p99",
        "--replications", "6",          "--jobs",    "1",
        "--json"};
    const auto one = qslice_sim(sweep);
    const auto four = with_four_processes(sweep);
    INFO(four.err);
    CHECK(one.status == 0);
    CHECK(four.out == one.out);
}
