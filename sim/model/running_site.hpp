/// @file
/// A running site: combines intake, master, outage and the other parts, and mediates between the
/// machines' storage calls and their observers and faults. Starts a run, continues until it is
/// quiet, and completes its record.
#pragma once

#include "sim/model/daily_job.hpp"
#include "sim/model/fault_plan.hpp"
#include "sim/model/intake.hpp"
#include "sim/model/intruder.hpp"
#include "sim/model/master.hpp"
#include "sim/model/outage.hpp"
#include "sim/model/queue_divisions.hpp"
#include "sim/model/quiet.hpp"
#include "sim/model/simulation.hpp"
#include "sim/model/site_context.hpp"

namespace qslice::sim {

/// Plays one run. It only conducts: each part keeps its own state.
class running_site final : public world_observer {
public:
    /// @param record  with its scenario, stream, posts and queues; must outlive this object
    running_site(run_record& record, const site_program& program, const simulation_hooks& hooks);
    running_site(const running_site&) = delete;
    running_site& operator=(const running_site&) = delete;
    ~running_site();

    /// To be called once.
    result<void> run();

    // world_observer: the search sees what the recorder has seen, and injects before the scenario's
    // faults.
    void going_to(const world_call& call) override;
    void going_to_deliver(process_id id) override;
    void going_to_sleep(process_id id) override;
    injected_fault before_call(const world_call& call) override { return at_call(call, false); }
    injected_fault after_call(const world_call& call) override;
    void log(const log_line& line) override;
    [[nodiscard]] bool may_skip_looks(std::string_view machine_name,
                                      std::string_view process_name) const override;
    void skipped_looks(std::uint64_t looks, std::int64_t events) override;

private:
    injected_fault at_call(const world_call& call, bool after);
    void finish_record();

    run_record& record_;
    const simulation_hooks& hooks_;
    queue_divisions divisions_;
    site_context site_;
    quiet quiet_;
    outage outage_;
    master master_;
    intake intake_;
    daily_job daily_job_;
    intruder intruder_;
    fault_plan faults_;
    std::int64_t skipped_events_ = 0;
};

}  // namespace qslice::sim
