/// @file
/// A subcommand's work as one process or as one of those that mpirun started.
/// `explore` and `sweep` run through it.
#pragma once

#include "sim/app/command.hpp"
#include "sim/mpi/mpi_group.hpp"

namespace qslice::sim {

/// Calls work(group) in each process of mpirun, of which the first speaks for all: the others are
/// silent and end with 0, since mpirun ends all processes once one of them ends with another
/// status, though the first may not have written what it found.
/// @param work  comes to the same end in each process, and writes only in the first
template <class Work>
result<exit_status> run_shared(Work&& work) {
    auto group = join_work_group();
    if (!group) return failure(group.error());
    const result<exit_status> ended = work(**group);
    return (*group)->number() == 0 ? ended : exit_status::good;
}

}  // namespace qslice::sim
