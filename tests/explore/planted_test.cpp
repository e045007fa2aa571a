#include "flawed_program.hpp"
#include "sim/explore/explore.hpp"
#include "sim/model/simulation.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "support/repetitions.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

/// Two machines that own slices, and one list with so many posts that out/ has a backlog.
scenario owned_site() {
    scenario s;
    s.policy.hash = "list_affinity";
    s.policy.order = "strict";
    s.policy.stamps = "increasing";
    s.policy.list_locks = "qslice";
    s.deployment.file = true;
    s.deployment.standby = true;
    s.intake = {intake_choice::kind::server, intake_choice::route::list};
    s.storage.kind = "memory";
    s.services.delivery = {service_time::shape::constant, 1.5, 1};
    s.digests.period_s = 0;
    for (std::uint64_t k = 0; k < 2; ++k) {
        machine_choice m;
        m.name = "mx" + std::to_string(k + 1);
        m.accepts_posts = false;
        for (const char* runner :
             {"IncomingRunner", "ArchRunner", "OutgoingRunner", "VirginRunner"}) {
            m.runners.push_back({runner, k, 2});
        }
        s.machines.push_back(m);
    }
    machine_choice smtp;
    smtp.name = "smtp";
    s.machines.push_back(smtp);
    s.stream.posts = 60;
    s.stream.lists = 2;
    s.stream.senders = 3;
    s.stream.posts_per_hour = 7200;
    return s;
}

std::unique_ptr<site_program> standard_site(const scenario& s) {
    return std::move(standard_program(s.policy).value());
}

search_settings search_for(std::string guarantee, std::vector<variation> vary) {
    search_settings settings;
    settings.goal.guarantee = std::move(guarantee);
    settings.bounds.vary = std::move(vary);
    settings.bounds.most_posts = 20;
    settings.bounds.most_gap_s = 1;
    settings.bounds.most_down_s = 30;
    settings.seeds = 400;
    settings.jobs = 2;
    settings.most_shrink_runs = 200;
    return settings;
}

search_result found(const scenario& base, const search_settings& settings) {
    auto searched = explore(base, settings);
    if (!searched) FAIL(searched.error().to_string());
    return *std::move(searched);
}

}  // namespace

TEST_CASE("pauses, crashes and a change of slices break nothing that owners promise") {
    scenario s = owned_site();
    s.deployment.changes = {{4, "", 3}};
    auto settings = search_for("", {variation::pauses, variation::crashes});
    settings.seeds = repetitions(300);
    const search_result searched = found(s, settings);
    INFO((searched.found ? searched.found->broken.name + ": " + searched.found->story : ""));
    CHECK_FALSE(searched.found);
}

TEST_CASE("a runner that does not learn that its lease has ended is found", "[unsanitized]") {
    const scenario s = owned_site();
    const flawed_program flawed(standard_site(s), {.no_fence = true});
    CHECK(found(s, search_for("", {variation::pauses})).found);
}

TEST_CASE("a lease that is given back before its runner has stopped is found") {
    scenario s = owned_site();
    s.deployment.changes = {{4, "", 3}};
    const flawed_program flawed(standard_site(s), {.acknowledges_early = true});
    CHECK(found(s, search_for("", {variation::times})).found);
}

TEST_CASE("an owner that is sure of its lease for too long is found") {
    const scenario s = owned_site();
    const flawed_program flawed(standard_site(s), {.trusts_ended_lease = true});
    CHECK(found(s, search_for("", {variation::pauses})).found);
}
