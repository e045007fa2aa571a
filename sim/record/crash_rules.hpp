/// @file
/// What a power loss may leave of names that were not made durable. A scenario chooses it; the
/// simulated file system applies it.
#pragma once

namespace qslice::sim {

/// The possible states after a power loss of names that were not made durable.
enum class crash_rules {
    /// Any of the operations since the last fsync of their directory may be lost, independently of
    /// the others, as long as each name goes through its changes in order. A rename within a
    /// directory is one operation; one between directories may leave both names, never none.
    unordered,
    /// The file system has a journal: the state after some operation remains, and any fsync makes
    /// all operations before it durable. (ext4 with data=ordered, XFS.)
    journaled,
};

}  // namespace qslice::sim
