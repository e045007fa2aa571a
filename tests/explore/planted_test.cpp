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

/// The standard site with errors in the protocol of owners.
class flawed_program final : public site_program {
public:
    flawed_program(const policy_choice& policy, planted_errors errors)
        : whole_(std::move(standard_program(policy).value())), errors_(errors) {
        set_own_program(this);
    }
    flawed_program(const flawed_program&) = delete;
    flawed_program& operator=(const flawed_program&) = delete;
    ~flawed_program() override { set_own_program(nullptr); }

    [[nodiscard]] planted_errors planted() const override { return errors_; }

    [[nodiscard]] item_way way() const override { return whole_->way(); }
    [[nodiscard]] result<void> check_promises() const override { return whole_->check_promises(); }
    [[nodiscard]] post_reader reads_post() const override { return whole_->reads_post(); }
    [[nodiscard]] recipients_reader reads_recipients() const override {
        return whole_->reads_recipients();
    }
    [[nodiscard]] const std::vector<runner_information>& runners() const override {
        return whole_->runners();
    }
    [[nodiscard]] result<void> check(const runner_choice& choice) const override {
        return whole_->check(choice);
    }
    [[nodiscard]] queue_terms terms(const runner_choice& choice) const override {
        return whole_->terms(choice);
    }
    void run(sim_world world, sim_services& services, const site_settings& settings,
             const runner_choice& choice) const override {
        whole_->run(std::move(world), services, settings, choice);
    }
    void run_held(sim_world world, sim_services& services, const site_settings& settings,
                  std::string_view class_name, const held_slice& held) const override {
        whole_->run_held(std::move(world), services, settings, class_name, held);
    }
    result<void> make_directories(sim_world world, sim_services& services,
                                  const site_settings& settings,
                                  const std::vector<std::string>& queues) const override {
        return whole_->make_directories(std::move(world), services, settings, queues);
    }
    [[nodiscard]] std::unique_ptr<view> open(sim_world world, sim_services& services,
                                             const site_settings& settings) const override {
        return whole_->open(std::move(world), services, settings);
    }
    void send_digests(sim_world world, sim_services& services, const site_settings& settings,
                      const mailing_lists& lists) const override {
        whole_->send_digests(std::move(world), services, settings, lists);
    }
    [[nodiscard]] item_hasher hasher() const override { return whole_->hasher(); }
    [[nodiscard]] std::string hash_name() const override { return whole_->hash_name(); }
    [[nodiscard]] policy_facts facts() const override { return whole_->facts(); }
    [[nodiscard]] division divide(std::string_view queue, std::uint64_t slices) const override {
        return whole_->divide(queue, slices);
    }

private:
    std::unique_ptr<site_program> whole_;
    planted_errors errors_;
};

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
    const flawed_program flawed(s.policy, {.no_fence = true});
    CHECK(found(s, search_for("", {variation::pauses})).found);
}

TEST_CASE("a lease that is given back before its runner has stopped is found") {
    scenario s = owned_site();
    s.deployment.changes = {{4, "", 3}};
    const flawed_program flawed(s.policy, {.acknowledges_early = true});
    CHECK(found(s, search_for("", {variation::times})).found);
}

TEST_CASE("an owner that is sure of its lease for too long is found") {
    const scenario s = owned_site();
    const flawed_program flawed(s.policy, {.trusts_ended_lease = true});
    CHECK(found(s, search_for("", {variation::pauses})).found);
}
