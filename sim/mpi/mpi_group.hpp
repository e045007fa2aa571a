/// @file
/// The processes that mpirun started, as one work_group.
/// `mpirun -np 4 qslice-sim explore` shares its seeds among them.
#pragma once

#include "sim/engine/work_group.hpp"

#include <memory>

namespace qslice::sim {

/// Joins the processes that mpirun started this one with; to be called once.
/// @returns a group of one where the program was started by itself, or built without MPI
/// @safety the group is to be used and destroyed by the thread that called this
[[nodiscard]] std::unique_ptr<work_group> join_work_group();

}  // namespace qslice::sim
