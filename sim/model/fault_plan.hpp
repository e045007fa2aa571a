/// @file
/// Lets the faults of a scenario strike: at their times, at the storage calls that they name, or
/// at random calls. The simulation asks it at every storage call.
#pragma once

#include "sim/engine/random_stream.hpp"
#include "sim/model/sim_services.hpp"
#include "sim/record/fault.hpp"
#include "sim/record/run_record.hpp"
#include "sim/world/file_system.hpp"
#include "sim/world/machine.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// What a fault plan may do to the simulation.
class fault_targets {
public:
    virtual ~fault_targets() = default;
    virtual std::vector<machine*> machines_named(std::string_view name) = 0;
    /// Kills the running processes that match; empty names match all runners.
    virtual void crash_processes(std::string_view machine, std::string_view process) = 0;
    virtual void crash_machine(machine& m, double down_s) = 0;
    virtual void lose_power(double down_s) = 0;
    /// The machine is about to lose its power by itself.
    virtual void boot_later(std::string_view machine, double down_s) = 0;
    virtual void put_foreign_files(std::string_view queue, std::uint64_t count) = 0;
    virtual void put_crafted_entry(std::string_view queue, const std::string& hash) = 0;
    virtual file_system& disk() = 0;
    virtual mail_server& server() = 0;
};

/// The faults of one run.
class fault_plan {
public:
    fault_plan(const std::vector<fault>& faults, std::uint64_t seed, run_record& record,
               fault_targets& targets, engine& e);

    /// Schedules what strikes at a time.
    /// @param start  when the first post comes
    void start(virtual_time start);

    /// What happens to a call right before its effect, and right after it.
    injected_fault at_call(const world_call& call, bool after);

    /// The time of the last fault that strikes at a time.
    [[nodiscard]] virtual_time last_timed() const noexcept { return last_timed_; }

private:
    struct state {
        fault what;
        virtual_time from{};
        virtual_time until = never;
        std::uint64_t seen = 0;  // calls that matched
        random_stream draws;
    };

    [[nodiscard]] static bool at_calls(const fault& f) { return f.call || f.probability > 0; }
    void strike(state& s);
    void lift(state& s);
    injected_fault apply(state& s, const world_call& call, bool after);
    injected_fault suffer(state& s, const world_call& call, bool after);
    void note(const state& s, std::string_view machine_name, std::string_view process_name,
              std::string what);

    run_record& record_;
    fault_targets& targets_;
    engine& engine_;
    std::vector<state> states_;
    std::vector<state*> at_calls_;
    virtual_time last_timed_ = virtual_time::min();
};

}  // namespace qslice::sim
