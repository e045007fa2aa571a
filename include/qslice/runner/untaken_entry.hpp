/// @file
/// What a runner does with an entry that it found and cannot take.
/// Sites take it as a setting; the runner loop acts on it.
#pragma once

namespace qslice {

/// What a runner does with an entry that it found and then cannot take, mostly because another
/// runner of the same slice took it first: a mistake in the site's setup.
enum class untaken_entry {
    /// Leave it to the other runner. Where storage failed, what stays in the queue is tried again.
    leave,
    /// Mailman's behaviour: what is left of the entry goes to bad/ as .psv. The loser of a race
    /// takes away the winner's .bak: a delivered message lies in bad/, and if the winner dies at
    /// that moment, its message is not recovered. A fault of storage is taken for one of the
    /// message, which is shunted or preserved. For simulations of sites with that mistake.
    /// @source Mailman 2.1 Queue/Runner.py and Mailman 3.3 core/runner.py, _one_iteration
    preserve,
};

}  // namespace qslice
