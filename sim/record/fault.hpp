/// @file
/// What goes wrong in a scenario, when and where.
/// The fault plan turns these into crashes, failing calls and wrong clocks.
#pragma once

#include "sim/record/call_kind.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace qslice::sim {

/// One fault, or one source of random faults.
struct fault {
    enum class kind {
        crash_process,    ///< a runner dies, in the middle of a storage call or of its work
        crash_machine,    ///< a machine loses its power; boots again after down_s
        power_loss,       ///< all machines and the shared disk lose their power
        slow_machine,     ///< `amount` times as slow, until until_s
        clock_step,       ///< a machine's clock jumps by `amount` seconds
        clock_drift,      ///< a machine's clock gains `amount` seconds a second, until until_s
        storage_stall,    ///< no storage call makes progress, until until_s
        fail_calls,       ///< storage calls fail with `code`, until until_s
        disk_full,        ///< no byte more can be written, until until_s
        foreign_files,    ///< `files` files with malformed names appear in `queue`
        delivery_outage,  ///< the mail server does not answer, until until_s
        crafted_entry,  ///< somebody puts an entry of his own into `queue`, its name's hash `hash`
    };

    kind what = kind::crash_process;
    std::string machine;  ///< empty: any
    std::string process;  ///< "OutgoingRunner" or "OutgoingRunner:1:3"; empty: any runner
    std::string queue = "in";
    std::string hash;  ///< 40 hex digits, of a crafted entry

    // When: at a time, or at a storage call, or at random.
    double at_s = 0;     ///< seconds after the first post
    double until_s = 0;  ///< 0: to the end
    std::optional<call_kind> call;
    std::uint64_t count = 0;  ///< with `call`: the how-many-th call of that kind, from 1; 0: none
    bool after_call = false;  ///< right after the call's effect instead of right before it
    double probability = 0;   ///< of each storage call from at_s to until_s

    double down_s = 60;
    double amount = 0;
    error_code code = error_code::io;
    std::uint64_t files = 1;

    friend bool operator==(const fault&, const fault&) = default;
};

}  // namespace qslice::sim
