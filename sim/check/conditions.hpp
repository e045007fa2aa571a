/// @file
/// The conditions of a run: which faults were injected, how far the clocks differed. They show
/// whether a run met the assumptions of guarantees.
#pragma once

#include "sim/record/run_record.hpp"

namespace qslice::sim {

struct run_conditions {
    bool faults = false;              ///< any fault was injected
    bool crashed = false;             ///< a process or machine crashed
    bool power_lost = false;          ///< a machine or the shared disk lost power
    bool storage_failed = false;      ///< storage calls failed or the disk was full
    bool paused = false;              ///< a process stood still, or could not reach its storage
    bool lease_clocks_wrong = false;  ///< a machine's steady clock was set
    bool directories_synced = true;   ///< the durability that keeps names across a power loss
    bool retried = false;             ///< something went through retry/
    bool kept_queued = false;         ///< an entry was put back into its queue
    bool put_aside = false;           ///< something was shunted or preserved
    bool changed_hands = false;       ///< a queue's slices were divided in several ways, or two
                                      ///< machines served one slice
    double slowest = 1;               ///< factor by which the slowest machine was ever slower
    double stalled_s = 0;             ///< total time in which storage made no progress
    bool clocks_repeat = false;       ///< a clock may show a time twice: coarse, or set back
    double clock_spread_s = 0;        ///< maximum difference between two clocks of the site
};

/// What a run's record tells of it; what clocks can be apart is the scenario's.
/// @complexity linear in the record
run_conditions conditions_of(const run_record& run);

}  // namespace qslice::sim
