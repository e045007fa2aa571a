#include "support/temporary_directory.hpp"
#include "support/test_site.hpp"
#include "support/test_world.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/deployment_guard.hpp>
#include <qslice/partition/weighted_ranges.hpp>
#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/deploy.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace qslice;
using test::test_world;

namespace {

template <std::size_t Slices>
struct archiving_site : topology<mailman21_spool, runners<sliced<archive_runner, Slices>>,
                                 machines<machine_runs<"mx1", everything>>> {};

struct weighted_archiving_site
    : topology<spool_traits<mailman21_format, mailman21_policy, weighted_ranges<>>,
               runners<weighted<archive_runner, 3, 1>>, machines<machine_runs<"mx1", everything>>> {
};

queue_terms terms(std::string queue, std::uint64_t slices) {
    return {std::move(queue), slices, "equal", "mailman21/sha1", "mailman"};
}

std::string problem(const result<void>& r) { return r ? "none" : r.error().to_string(); }

}  // namespace

TEST_CASE("a deployment is read back from its text, whatever its names") {
    CHECK(rc::check([] {
        deployment d;
        d.epoch = *rc::gen::inRange<std::uint64_t>(1, 1U << 30);
        const auto count = *rc::gen::inRange(1, 5);
        for (int i = 0; i < count; ++i) {
            const auto text = [] {
                auto made = *rc::gen::nonEmpty(rc::gen::string<std::string>());
                std::erase_if(made, [](char c) { return c == '\n'; });
                return "x" + made;
            };
            d.queues.push_back({std::to_string(i) + text(),
                                *rc::gen::inRange<std::uint64_t>(1, 1U << 30), text(), text(),
                                text()});
        }
        RC_ASSERT(parse_deployment(to_text(d), "file").value() == d);
    }));
}

TEST_CASE("a deployment file that is not understood is an error that names line and expectation") {
    const auto problem_of = [](std::string_view text) {
        const auto parsed = parse_deployment(text, "deployment.1");
        return parsed ? std::string("none") : parsed.error().to_string();
    };
    const std::string head = "format = 1\nepoch = 1\n";
    const std::string in =
        "[[queue]]\nname = \"in\"\nslices = 3\npartition = \"equal\"\nhash = \"h\"\n";
    CHECK(problem_of("") == "deployment.1: expected format = 1 (malformed)");
    CHECK(problem_of("format = 2\n") ==
          "deployment.1, line 1: expected format = 1: the file is another version's (malformed)");
    CHECK(problem_of(head) == "deployment.1: expected at least one [[queue]] (malformed)");
    CHECK(problem_of(head + in) ==
          "deployment.1: expected name, slices, partition, hash and order of each queue "
          "(malformed)");
    CHECK(problem_of(head + in + "order = \"mailman\"\nslice = 3\n") ==
          "deployment.1, line 9: expected name, slices, partition, hash or order (malformed)");
    CHECK(problem_of(head + in + "slices = 0\n") ==
          "deployment.1, line 8: expected a whole number from 1 (malformed)");
    const std::string whole_in = in + "order = \"mailman\"\n";
    CHECK(problem_of(head + whole_in) == "none");
    CHECK(problem_of(head + whole_in + whole_in) ==
          "deployment.1: expected each queue once, found in twice (malformed)");
}

TEST_CASE("of two processes that write one epoch, one succeeds and the file is its own") {
    test::temporary_directory spool;
    test_world w;
    deployment a{1, {terms("in", 3)}};
    deployment b{1, {terms("in", 4)}};
    REQUIRE(write_deployment(w, spool.path(), a, "mx1/deploy"));
    const auto second = write_deployment(w, spool.path(), b, "mx2/deploy");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == error_code::exists);
    CHECK(read_deployment(w, spool.path()).value() == a);
    CHECK(test::names_in(spool.path()) == std::set<std::string>{"deployment.1"});
}

TEST_CASE("an epoch cannot be written before the one that it follows") {
    test::temporary_directory spool;
    test_world w;
    const auto skipped = write_deployment(w, spool.path(), {2, {terms("in", 3)}}, "mx1/deploy");
    REQUIRE_FALSE(skipped);
    CHECK(skipped.error().code == error_code::rejected);
}

TEST_CASE("a look at an unchanged deployment reads nothing, and finds all epochs since the last") {
    test::temporary_directory spool;
    test_world w;
    deployment_watch watch(spool.path());
    CHECK_FALSE(watch.look(w).value());
    CHECK_FALSE(watch.current());
    REQUIRE(write_deployment(w, spool.path(), {1, {terms("in", 3)}}, "a"));
    REQUIRE(write_deployment(w, spool.path(), {2, {terms("in", 4)}}, "a"));
    CHECK(watch.look(w).value());
    CHECK(watch.epoch() == 2);
    CHECK(watch.current()->find("in")->slices == 4);
    std::vector<std::string> opened;
    w.control().fail = [&](std::string_view call,
                           const std::string& path) -> std::optional<error_code> {
        if (call == "open" || call == "list") opened.push_back(path);
        return std::nullopt;
    };
    CHECK_FALSE(watch.look(w).value());
    CHECK(opened.empty());
}

TEST_CASE("a runner whose number of slices differs from the spool's refuses to start") {
    test::test_site t;
    REQUIRE(state_deployment<archiving_site<3>>(t.site));
    const auto started = run_runner<archiving_site<4>>(t.site, "ArchRunner", 0);
    CHECK(problem(started) ==
          "archive/: the spool's deployment file divides the queue into 3 slices, this program "
          "into 4 (epoch 1): an entry could have two owners or none (rejected)");
    CHECK(problem(state_deployment<archiving_site<4>>(t.site)) == problem(started));
    CHECK(problem(run_runner<archiving_site<3>>(t.site, "ArchRunner", 0)) == "none");
}

TEST_CASE("a runner whose partition, hash or order differs from the spool's refuses to start") {
    test::test_site t;
    const std::string spool = t.site.settings().queues;
    const queue_terms built = deployment_of<archiving_site<3>>({}).queues.front();
    CHECK(built == terms("archive", 3));
    std::uint64_t epoch = 1;
    const auto stated = [&](queue_terms other) {
        REQUIRE(write_deployment(t.world, spool, {epoch++, {other}}, "a"));
        return problem(run_runner<archiving_site<3>>(t.site, "ArchRunner", 0));
    };
    queue_terms other = built;
    other.partition = "jump";
    CHECK(stated(other).find("the partition jump, this program is built for the partition equal") !=
          std::string::npos);
    other = built;
    other.hash = "list_affinity/sha1";
    CHECK(stated(other).find("hash policy list_affinity/sha1, this program is built for the hash "
                             "policy mailman21/sha1") != std::string::npos);
    other = built;
    other.order = "strict";
    CHECK(stated(other).find("the order strict, this program is built for the order mailman") !=
          std::string::npos);
    CHECK(stated(terms("in", 3)).find("does not name this queue") != std::string::npos);
    CHECK(stated(built) == "none");
}

TEST_CASE("weights are part of what a deployment file states") {
    CHECK(deployment_of<weighted_archiving_site>({}).queues.front().partition == "weighted:3,1");
}

TEST_CASE("a spool without a deployment file is served as before") {
    test::test_site t;
    CHECK(run_runner<archiving_site<3>>(t.site, "ArchRunner", 0));
    CHECK(test::names_in(t.site.settings().queues).count("deployment.1") == 0);
}

TEST_CASE("a runner stops at its next look when the spool is divided otherwise") {
    test::test_site t;
    REQUIRE(state_deployment<archiving_site<1>>(t.site));
    t.world.control().stop_at_sleep = 100;
    deployment changed = deployment_of<archiving_site<1>>({});
    changed.epoch = 2;
    changed.queues.front().slices = 2;
    int looks = 0;
    t.world.control().fail = [&](std::string_view call,
                                 const std::string& path) -> std::optional<error_code> {
        if (call == "list" && path.ends_with("/archive") && ++looks == 2) {
            (void)write_deployment(t.world, t.site.settings().queues, changed, "mx2/deploy");
        }
        return std::nullopt;
    };
    const auto ended = run_runner<archiving_site<1>>(t.site, "ArchRunner", 0);
    CHECK(problem(ended) ==
          "archive/: the spool's deployment file divides the queue into 2 slices, this program "
          "into 1 (epoch 2): an entry could have two owners or none (rejected)");
    CHECK(t.world.control().sleeps.size() == 1);
}

TEST_CASE("a runner goes on while the deployment file cannot be reached, as with its entries") {
    test_world w;
    test::temporary_directory spool;
    REQUIRE(write_deployment(w, spool.path(), {1, {terms("in", 3)}}, "a"));
    deployment_guard guard(spool.path(), terms("in", 3));
    REQUIRE(guard.look(w));
    REQUIRE(write_deployment(w, spool.path(), {2, {terms("in", 3)}}, "a"));
    bool failing = true;
    w.control().fail = [&](std::string_view call, const std::string&) {
        return failing && call == "open" ? std::optional(error_code::io) : std::nullopt;
    };
    CHECK(guard.look(w));
    failing = false;
    CHECK(guard.look(w));
}
