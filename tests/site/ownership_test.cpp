#include "finding_of.hpp"
#include "made_site.hpp"
#include "sim/site/inspection.hpp"
#include "sim/site/inspection_report.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/lease_files.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

double clock_now() { return static_cast<double>(std::time(nullptr)); }

/// A site with a deployment file and some leases.
struct owned_site {
    made_site site;
    posix_world w{[](std::string_view, std::string_view) {}};

    explicit owned_site(std::uint64_t slices) {
        site.queues({"in", "out"});
        state(1, slices);
    }

    void state(std::uint64_t epoch, std::uint64_t slices) {
        const queue_terms in{"in", slices, "equal", "mailman21/sha1", "mailman"};
        REQUIRE(write_deployment(w, site.path(), {epoch, {in}}, "test"));
    }

    void lease(const leased_slice& of, std::vector<lease_term> terms, bool given_back = false) {
        lease_files<posix_world> files(w, site.path("in"), terms.front().owner);
        REQUIRE(files.look());
        const lease_name name{of, terms.front().number, false};
        REQUIRE(files.take(name, {std::move(terms)}, std::nullopt));
        if (given_back) REQUIRE(files.give_back({name, 0}));
    }

    [[nodiscard]] inspection look(double now_s = clock_now(), slice_plan_options plan = {}) const {
        inspection_options options;
        options.survey.now_s = now_s;
        options.plan = std::move(plan);
        auto seen = inspect_queues(site.path(), options);
        INFO((seen ? std::string() : seen.error().to_string()));
        REQUIRE(seen);
        return *std::move(seen);
    }
};

const double since = clock_now() - 100;

}  // namespace

TEST_CASE("an inspection divides the queues as the deployment file says, and shows it") {
    const owned_site s(3);
    const inspection seen = s.look();
    REQUIRE(seen.ownership.stated);
    CHECK(seen.queues.front().slices.size() == 3);
    CHECK_FALSE(finding_of(seen, "no-owner"));
    CHECK_THAT(to_text(seen, false), Contains("Deployment (epoch 1)"));
    CHECK(to_json(seen)["ownership"]["deployment"]["queues"][0]["slices"] == 3);
}

TEST_CASE("an option or a runner that contradicts the deployment file is a finding with both") {
    const owned_site s(3);
    slice_plan_options plan;
    plan.slices = "in=4";
    const inspection by_option = s.look(clock_now(), plan);
    const finding* f = finding_of(by_option, "deployment-differs");
    REQUIRE(f);
    CHECK_THAT(f->what, Contains("--slices says 4 slices") && Contains("states 3"));
    plan = {};
    plan.running = {{"IncomingRunner", 0, 2}};
    const inspection by_runner = s.look(clock_now(), plan);
    f = finding_of(by_runner, "deployment-differs");
    REQUIRE(f);
    CHECK_THAT(f->what, Contains("runs with 2 slices") && Contains("into 3"));
    plan.running = {{"IncomingRunner", 0, 3}, {"IncomingRunner", 1, 3}, {"IncomingRunner", 2, 3}};
    CHECK_FALSE(finding_of(s.look(clock_now(), plan), "deployment-differs"));
}

TEST_CASE("a deployment file that cannot be read is a finding, and the queues are still shown") {
    const owned_site s(3);
    s.site.file("deployment.2", "epoch = x\n", clock_now());
    const inspection seen = s.look();
    CHECK(finding_of(seen, "deployment-unreadable"));
    CHECK(seen.queues.size() == 2);
}

TEST_CASE("owners are shown with since when and why, and healthy ones need nothing") {
    owned_site s(2);
    s.lease({1, 0, 2}, {{1, since, "mx1/IncomingRunner", "its own"}});
    s.lease({1, 1, 2}, {{2, since, "mx1/IncomingRunner", "took over from mx2/IncomingRunner"},
                        {1, since - 500, "mx2/IncomingRunner", "its own"}});
    const inspection seen = s.look();
    CHECK(seen.findings.empty());
    const std::string text = to_text(seen, false);
    CHECK_THAT(text, Contains("Owners") && Contains("mx1/IncomingRunner") &&
                         Contains("took over from mx2/IncomingRunner"));
    const auto json = to_json(seen)["ownership"]["leases"];
    REQUIRE(json.size() == 2);
    CHECK(json[1]["owners"].size() == 2);
    CHECK(seen.queues.front().foreign.count == 0);
}

TEST_CASE("a slice without an owner is a finding that says since when") {
    owned_site s(3);
    s.lease({1, 0, 3}, {{1, since, "mx1/IncomingRunner", "its own"}});
    s.lease({1, 1, 3}, {{1, since, "mx2/IncomingRunner", "its own"}}, true);
    const inspection now = s.look();
    std::vector<std::string> said;
    for (const finding& f : now.findings) {
        if (f.kind == "no-owner") said.push_back(f.what);
    }
    REQUIRE(said.size() == 1);  // slice 2 is on its way to its next owner
    CHECK_THAT(said[0], Contains("slice 3 of 3 has no owner: nobody has taken it"));
    const inspection later = s.look(clock_now() + 630);
    said.clear();
    for (const finding& f : later.findings) {
        if (f.kind == "no-owner") said.push_back(f.what);
    }
    REQUIRE(said.size() == 3);
    CHECK_THAT(said[0], Contains("mx1/IncomingRunner last renewed its lease 10 min ago"));
    CHECK_THAT(said[1], Contains("mx2/IncomingRunner gave it back 10 min ago"));
}

TEST_CASE("a slice that changes its owner again and again is a finding") {
    owned_site s(1);
    std::vector<lease_term> terms;
    for (std::uint64_t n = 5; n >= 1; --n) {
        terms.push_back({n, since - 60 * static_cast<double>(5 - n),
                         n % 2 == 0 ? "mx1/IncomingRunner" : "mx2/IncomingRunner",
                         "took over, silent for 6 s"});
    }
    s.lease({1, 0, 1}, terms);
    const inspection seen = s.look();
    const finding* const f = finding_of(seen, "flapping-owner");
    REQUIRE(f);
    CHECK_THAT(f->what, Contains("slice 1 of 1 had 5 owners within 10 min") &&
                            Contains("mx2/IncomingRunner took over, silent for 6 s"));
    CHECK_FALSE(finding_of(s.look(clock_now() + 3600), "flapping-owner"));
}

TEST_CASE("a lease of the division before is a change in progress, or one that nobody ends") {
    owned_site s(1);
    s.lease({1, 0, 1}, {{1, since, "mx1/IncomingRunner", "its own"}});
    s.state(2, 2);
    s.lease({2, 0, 2}, {{1, since, "mx1/IncomingRunner", "its own"}});
    s.lease({2, 1, 2}, {{1, since, "mx2/IncomingRunner", "its own"}});
    const inspection now = s.look();
    REQUIRE(finding_of(now, "change-in-progress"));
    CHECK_THAT(finding_of(now, "change-in-progress")->what,
               Contains("slice 1 of 1 of epoch 1 is still held by mx1/IncomingRunner"));
    CHECK_FALSE(finding_of(now, "two-owners"));
    CHECK(finding_of(s.look(clock_now() + 630), "two-owners"));
}
