/// @file
/// The processes that mpirun started, as one work_group.
/// `mpirun -np 4 qslice-sim explore` shares its seeds among them.
#pragma once

#include "sim/engine/work_group.hpp"

#include <qslice/core/result.hpp>

#include <cstdlib>
#include <memory>

namespace qslice::sim {

/// Whether this process is one of several that mpirun started: of Open MPI, or of another that
/// speaks PMI or PMIx.
[[nodiscard]] inline bool started_by_mpirun() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"}) {
        if (std::getenv(name) != nullptr) return true;
    }
    return false;
}

/// Joins the processes that mpirun started this one with; to be called once.
/// @returns a group of one where the program was started by itself; an error where mpirun started
///          it and it is built without MPI
/// @safety the group is to be used and destroyed by the thread that called this
[[nodiscard]] result<std::unique_ptr<work_group>> join_work_group();

}  // namespace qslice::sim
