/// @file
/// A site whose protocol of owners has errors, for tests of what finds them.
#pragma once

#include "sim/model/simulation.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// A site with errors in the protocol of owners; while it lives, every scenario's.
class flawed_program final : public site_program {
public:
    flawed_program(std::unique_ptr<site_program> whole, planted_errors errors)
        : whole_(std::move(whole)), errors_(errors) {
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

}  // namespace qslice::sim
