#include "sim/mpi/mpi_group.hpp"

namespace qslice::sim {

result<std::unique_ptr<work_group>> join_work_group() {
    if (!started_by_mpirun()) return std::make_unique<work_group>();
    return failure(error_code::rejected, "mpirun",
                   "this qslice-sim is built without MPI, so each process would do all the work; "
                   "configure it with -D QSLICE_WITH_MPI=ON");
}

}  // namespace qslice::sim
