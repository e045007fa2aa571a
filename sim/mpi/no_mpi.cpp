#include "sim/mpi/mpi_group.hpp"

namespace qslice::sim {

std::unique_ptr<work_group> join_work_group() { return std::make_unique<work_group>(); }

}  // namespace qslice::sim
