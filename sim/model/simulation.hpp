/// @file
/// Plays a scenario: the library's own code on simulated machines, fed with a stream of posts. The
/// result is a record of what happened to every post and entry; it depends only on the scenario,
/// the stream and the hooks.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/scenario.hpp"
#include "sim/record/standing_site.hpp"
#include "sim/world/file_system.hpp"
#include "sim/world/storage_call.hpp"

#include <qslice/core/result.hpp>

#include <functional>
#include <memory>

namespace qslice::sim {

class slice_owners;

/// What a search may observe while a simulation runs.
struct simulation_view {
    engine& simulation;
    const file_system& disk;
    const run_record& record;
    const slice_owners& owners;
};

/// For searches: what observes and steers a simulation in addition to the scenario's own faults.
struct simulation_hooks {
    /// What lies in the queues at the start; null: nothing. It must have at most as many entries as
    /// the stream has posts.
    const standing_site* standing = nullptr;
    world_observer* observer = nullptr;  ///< observes every storage call, and may let it fail
    choose_among among = choose_among::equal_times;
    event_chooser chooser;                  ///< decides what happens next; empty: the engine
    choice_source* crash_states = nullptr;  ///< decides the state after a power loss; null: random
    std::uint64_t tie_seed = 0;             ///< replaces the scenario's
    /// Plays each look of a runner at an unchanged queue; the outcome is the same, and the run
    /// takes as long as there is idle time in it.
    bool play_every_look = false;
    /// Called before anything happens; its argument is valid as long as the simulation.
    std::function<void(const simulation_view&)> on_start;
};

/// Runs the program's own site, or the library's standard runners with the scenario's policy.
/// @returns the record; `malformed` for a scenario that cannot be played, stating why
/// @safety any number of simulations may run concurrently in different threads
/// @complexity about 100 storage calls per post, each below a microsecond
result<run_record> simulate(const scenario& setting, message_stream stream,
                            const simulation_hooks& hooks = {});

/// The same with a user-defined program: runners, queues and policies.
result<run_record> simulate(const scenario& setting, message_stream stream,
                            const site_program& program, const simulation_hooks& hooks = {});

/// The record of a run in which nothing has happened yet: queues, posts, flows.
/// @returns `malformed` for a scenario that cannot be played, stating why
result<run_record> begin_record(const scenario& setting, message_stream stream,
                                const site_program& program);

/// Makes this the program of every scenario: of a simulator that is built for one site. To be
/// called at most once, before any simulation; it must outlive them.
void set_own_program(const site_program* program);

/// The program that plays a scenario: the simulator's own, or the standard one with that policy.
result<std::shared_ptr<const site_program>> program_for(const policy_choice& policy);

/// The program of the library's standard runners with the policy that a scenario names.
/// @returns `malformed` for unknown names, listing the known ones
result<std::unique_ptr<site_program>> standard_program(const policy_choice& policy);

}  // namespace qslice::sim
