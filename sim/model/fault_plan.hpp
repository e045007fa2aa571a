/// @file
/// Injects the faults of a scenario: at their times, at the storage calls that they name, or at
/// random calls. The simulation calls it at every storage call.
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

    /// Schedules the faults with a time.
    void start();

    /// The fault of a call right before its effect, and right after it.
    injected_fault at_call(const world_call& call, bool after);
    /// Whether some fault may strike at a look of this process at its directory, or counts it.
    [[nodiscard]] bool at_looks_of(std::string_view machine_name,
                                   std::string_view process_name) const;

    /// Injects a fault chosen by a search. It is recorded like the scenario's own, but without an
    /// index.
    /// @returns the fault of the call itself
    injected_fault strike_for_search(const injected_fault& struck, const world_call& call,
                                     bool after);

    /// How long a machine is down that a search takes down. The simulator's own choice: ten looks
    /// of an idle runner, so that the others work without it, and within a search's short drain.
    static constexpr double down_after_search_s = 10 * mailman_times::idle_sleep_s;

    /// The time of the last fault with a time.
    [[nodiscard]] virtual_time last_timed() const noexcept { return last_timed_; }

private:
    struct state {
        fault what;
        virtual_time from{};
        virtual_time until = never;
        std::uint64_t seen = 0;  // number of matching calls
        random_stream draws;
        /// Drawn right before the effect of a call: its fault strikes right after it. Nothing else
        /// happens in between.
        bool strikes_after = false;
    };

    [[nodiscard]] static bool at_calls(const fault& f) { return f.call || f.probability > 0; }
    /// Whether a fault at calls concerns one of this kind by this process.
    [[nodiscard]] static bool concerns(const fault& f, call_kind kind,
                                       std::string_view machine_name,
                                       std::string_view process_name);
    void strike(state& s);
    void lift(state& s);
    /// A machine's own settings, which a fault changes and its end restores.
    [[nodiscard]] const machine_choice& choice_of(const machine& m) const;
    static bool strikes_before(state& s);
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
