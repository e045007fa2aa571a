#include "app/qslice_sim.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using qslice::deployment;
using qslice::posix_world;
using qslice::queue_terms;
using qslice::read_deployment;
using qslice::write_deployment;
using namespace qslice::test;
using Catch::Matchers::Contains;

namespace {

struct deployed_spool {
    temporary_directory directory;
    posix_world w{[](std::string_view, std::string_view) {}};

    explicit deployed_spool(std::string partition = "equal") {
        std::filesystem::create_directories(path() + "/in");
        std::filesystem::create_directories(path() + "/out");
        const queue_terms in{"in", 3, partition, "mailman21/sha1", "mailman"};
        queue_terms out = in;
        out.queue = "out";
        REQUIRE(write_deployment(w, path(), {1, {in, out}}, "test"));
    }

    [[nodiscard]] std::string path() const { return directory.path() + "/qfiles"; }
    [[nodiscard]] deployment stated() { return read_deployment(w, path()).value().value(); }
};

}  // namespace

TEST_CASE("reslice changes the number of slices of every queue, or of one") {
    deployed_spool spool;
    const auto all = qslice_sim({"reslice", spool.directory.path(), "--slices", "4"});
    CHECK(all.status == 0);
    CHECK_THAT(in_one_line(all.out),
               Contains("Epoch 2 is written: every queue is divided into 4 slices."));
    CHECK(spool.stated().find("in")->slices == 4);
    CHECK(spool.stated().find("out")->slices == 4);
    const auto one =
        qslice_sim({"reslice", spool.path(), "--slices", "2", "--queue", "out", "--json"});
    CHECK(one.status == 0);
    CHECK(one.out == "{\"epoch\": 3}\n");
    CHECK(spool.stated().find("in")->slices == 4);
    CHECK(spool.stated().find("out")->slices == 2);
    const auto shown = qslice_sim({"inspect", spool.path()});
    CHECK_THAT(shown.out, Contains("Deployment (epoch 3)"));
}

TEST_CASE("reslice refuses what runners could not follow, and says why") {
    deployed_spool spool("weighted:3,2,1");
    const auto refused = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"reslice", spool.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto run = qslice_sim(arguments);
        CHECK(run.status == 2);
        return run.err;
    };
    CHECK_THAT(refused({"--slices", "4"}),
               Contains("expected the new weights, as its partition is weighted:3,2,1"));
    CHECK_THAT(refused({"--slices", "2", "--partition", "weighted:1,2,3"}),
               Contains("weighted:1,2,3 has 3 slices, --slices says 2"));
    CHECK_THAT(refused({"--slices", "2", "--queue", "im", "--partition", "equal"}),
               Contains("expected a queue that the deployment file names"));
    CHECK(spool.stated().epoch == 1);
    CHECK(qslice_sim({"reslice", spool.path(), "--slices", "2", "--partition", "weighted:2,1"})
              .status == 0);
    CHECK(spool.stated().find("in")->partition == "weighted:2,1");
    const auto none = qslice_sim({"reslice", spool.path() + "/in", "--slices", "2"});
    CHECK_THAT(none.err, Contains("expected the directory that holds the queues"));
    std::filesystem::remove(spool.path() + "/deployment.1");
    std::filesystem::remove(spool.path() + "/deployment.2");
    CHECK_THAT(refused({"--slices", "2"}), Contains("expected a deployment file"));
}
