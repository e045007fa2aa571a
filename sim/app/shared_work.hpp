/// @file
/// Runs a subcommand as a single process or as one of mpirun's processes. `explore` and `sweep` run
/// through it.
#pragma once

#include "sim/app/command.hpp"
#include "sim/mpi/mpi_group.hpp"

namespace qslice::sim {

/// Calls work(group) in each process of mpirun. Only the first process reports: the others are
/// silent and exit with 0, since mpirun kills all processes when one exits with another status,
/// perhaps before the first has written its results.
/// @param work  has the same outcome in each process, and writes only in the first
template <class Work>
result<exit_status> run_shared(Work&& work) {
    auto group = join_work_group();
    if (!group) return failure(group.error());
    const result<exit_status> ended = work(**group);
    return (*group)->number() == 0 ? ended : exit_status::good;
}

}  // namespace qslice::sim
