/// @file
/// What a loss of power may leave of names that were not made durable.
/// A scenario chooses it; the simulated file system plays it.
#pragma once

namespace qslice::sim {

/// In which states a power loss may leave the names that were not made durable.
enum class crash_rules {
    /// Any of the operations since the last fsync of their directory may be lost, however the
    /// others fare, as long as each name goes through its changes in order. A rename within a
    /// directory is one operation; one between directories may leave both names, never none.
    unordered,
    /// The file system keeps a journal: what is left is the state after some operation, and any
    /// fsync makes all operations before it durable. (ext4 with data=ordered, XFS.)
    journaled,
};

}  // namespace qslice::sim
