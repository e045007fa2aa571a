/// @file
/// Lets the faults of a scenario strike: at their times, at the storage calls that they name, or
/// at random calls. The simulation asks it at every storage call.
#pragma once

#include "sim/engine/random_stream.hpp"
#include "sim/model/intruder.hpp"
#include "sim/model/outage.hpp"
#include "sim/model/site_context.hpp"
#include "sim/record/fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The faults of one run.
class fault_plan {
public:
    fault_plan(site_context& site, outage& outages, intruder& intruders);

    /// Schedules what strikes at a time.
    void start();

    /// What happens to a call right before its effect, and right after it.
    injected_fault at_call(const world_call& call, bool after);

    /// Lets a fault strike that a search has chosen. It stands in the record as the scenario's own
    /// do, without an index.
    /// @returns what the call itself suffers
    injected_fault strike_for_search(const injected_fault& struck, const world_call& call,
                                     bool after);

    /// How long machines are down that a search takes down. The simulator's own choice: ten looks
    /// of an idle runner, so that the others work without it, and within a search's short drain.
    static constexpr double down_after_search_s = 10 * mailman_times::idle_sleep_s;

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
    [[nodiscard]] virtual_time now() const { return site_.simulation.now(); }

    site_context& site_;
    outage& outage_;
    intruder& intruder_;
    std::vector<state> states_;
    std::vector<state*> at_calls_;
    virtual_time last_timed_ = virtual_time::min();
};

}  // namespace qslice::sim
