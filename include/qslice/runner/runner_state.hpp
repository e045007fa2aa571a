/// @file
/// What a runner is doing, as it tells whoever supervises it.
/// The loop of runners reports it; service managers are told by it whether a process is alive.
#pragma once

namespace qslice {

/// In the order of a runner's life.
enum class runner_state {
    recovering,  ///< puts back what a crash left
    working,     ///< at one look or one entry, since the moment at which it says so
    resting,     ///< waits for entries, for a request to stop or for storage
};

}  // namespace qslice
