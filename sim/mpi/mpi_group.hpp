/// @file
/// The processes that mpirun started, as one work_group.
/// `mpirun -np 4 qslice-sim explore` shares its seeds among them.
#pragma once

#include "sim/engine/work_group.hpp"

#include <qslice/core/result.hpp>

#include <cstdlib>
#include <memory>

namespace qslice::sim {

/// Whether this process was started by mpirun, of Open MPI or of another implementation that uses
/// PMI or PMIx.
[[nodiscard]] inline bool started_by_mpirun() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"}) {
        if (std::getenv(name) != nullptr) return true;
    }
    return false;
}

/// Joins the other processes of this mpirun; to be called once.
/// @returns a group of one if the program was not started by mpirun; an error if it was but is
///          built without MPI
/// @safety the group must be used and destroyed by the thread that called this
[[nodiscard]] result<std::unique_ptr<work_group>> join_work_group();

}  // namespace qslice::sim
