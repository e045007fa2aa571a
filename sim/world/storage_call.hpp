/// @file
/// Storage calls: how long each takes, and what a simulation can observe and do at each. A machine
/// has a latency model and an observer; sim_world uses both at every call.
#pragma once

#include "sim/engine/engine.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/record/call_kind.hpp"
#include "sim/record/virtual_time.hpp"

#include <qslice/core/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qslice::sim {

/// How long storage calls take.
struct latency_model {
    std::array<duration, call_kinds> of{};  ///< by call_kind
    duration per_kibibyte{};                ///< additional time per KiB written or read
    duration per_name{};                    ///< additional time per name listed
    double spread = 0;  ///< maximum extra time as a fraction, uniformly distributed

    [[nodiscard]] duration& operator[](call_kind k) { return of[static_cast<std::size_t>(k)]; }
    [[nodiscard]] duration operator[](call_kind k) const { return of[static_cast<std::size_t>(k)]; }

    /// A file system in memory: 72,000 enqueues/s.
    static constexpr latency_model memory() {
        using namespace std::chrono_literals;
        return {column(&call_row::memory), 200ns, 300ns, 0};
    }

    /// ext4 on a solid-state disk: fsync dominates; 1,000 to 2,000 durable enqueues/s.
    static constexpr latency_model disk() {
        using namespace std::chrono_literals;
        return {column(&call_row::disk), 400ns, 300ns, 0};
    }

    /// A file server in the same building; every call that changes something waits for its disk.
    static constexpr latency_model network() {
        using namespace std::chrono_literals;
        return {column(&call_row::network), 10us, 500ns, 0};
    }

private:
    static constexpr std::array<duration, call_kinds> column(duration call_row::*of_kind) {
        std::array<duration, call_kinds> times{};
        for (const call_row& row : call_table) {
            times[static_cast<std::size_t>(row.value)] = row.*of_kind;
        }
        return times;
    }
};

/// A storage call of a simulated process, as it begins or ends.
struct world_call {
    process_id process;
    std::string_view process_name;
    std::string_view machine_name;
    call_kind kind;
    std::string_view path;
    std::string_view target;  ///< of a rename
    std::string_view bytes;   ///< of a write
    std::uint64_t count;      ///< index among the process's storage calls, from 1
    bool failed = false;      ///< after the call: it returned an error
    /// After the call: it changed what it was to change, as each call that did not fail, and one
    /// whose reply was lost and whose repetition found the work done.
    bool took_effect = false;
};

/// What a fault plan injects into a call.
struct injected_fault {
    enum class kind {
        nothing,
        fail,           ///< the call returns `code`; in before_call: without any effect
        crash_process,  ///< the process is killed here
        crash_machine,  ///< the machine loses power here
        pause_process,  ///< the process stands still here until the simulation lets it go on; done
                        ///< by the simulation
        lose_power,  ///< everything loses power after the call; done by the simulation, not by the
                     ///< call
    };
    kind what = kind::nothing;
    error_code code = error_code::io;
};

/// A line that a process logged.
struct log_line {
    virtual_time time;  ///< true time
    process_id process;
    std::string_view machine_name;
    std::string_view process_name;
    std::string_view log;
    std::string_view line;
};

/// Observes the storage calls and log lines of the machines that it is given to. Every call is a
/// crash point: right before its effect and right after it.
class world_observer {
public:
    virtual ~world_observer() = default;
    /// A process is about to make a call, which takes effect after its duration.
    virtual void going_to(const world_call&) {}
    /// A process is about to deliver or archive, which happens after the service time.
    virtual void going_to_deliver(process_id) {}
    /// A process has nothing to do for a while.
    virtual void going_to_sleep(process_id) {}
    virtual injected_fault before_call(const world_call&) { return {}; }
    virtual injected_fault after_call(const world_call&) { return {}; }
    virtual void log(const log_line&) {}
    /// Whether looks of a process that must find what the last one found may be made up for in
    /// place of being played, without the calls above; see idle_look.
    [[nodiscard]] virtual bool may_skip_looks(std::string_view /*machine_name*/,
                                              std::string_view /*process_name*/) const {
        return false;
    }
    /// So many looks were made up for, and so many events of the engine; a negative number takes
    /// back one that only this way of waiting needed.
    virtual void skipped_looks(std::uint64_t, std::int64_t) {}
};

}  // namespace qslice::sim
