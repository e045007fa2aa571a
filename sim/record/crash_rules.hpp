/// @file
/// What a crash strikes, and what a power loss may leave of names that were not made durable. A
/// scenario chooses both; the simulation and its file system apply them.
#pragma once

#include "sim/record/closed_set.hpp"

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

/// What one crash of an exhaustive walk strikes.
enum class crash_scope {
    process,
    machine,
    power,  ///< all machines
    pause,  ///< a process, which does not crash: it stands still, and goes on at any later time
};

inline constexpr named_values<crash_scope, 4> crash_scope_names{{{"process", crash_scope::process},
                                                                 {"machine", crash_scope::machine},
                                                                 {"power", crash_scope::power},
                                                                 {"pause", crash_scope::pause}}};
static_assert(is_whole<crash_scope_names>);

}  // namespace qslice::sim
