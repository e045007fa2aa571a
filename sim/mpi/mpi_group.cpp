#include "sim/mpi/mpi_group.hpp"

#include <mpi.h>

#include <cstdlib>
#include <string>

namespace qslice::sim {

namespace {

class mpi_group final : public work_group {
public:
    mpi_group() {
        // Threads of a process work independently; only the calling thread communicates.
        int provided = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
        int size = 1;
        int rank = 0;
        MPI_Comm_size(MPI_COMM_WORLD, &size);
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        members_ = static_cast<std::uint64_t>(size);
        number_ = static_cast<std::uint64_t>(rank);
    }
    mpi_group(const mpi_group&) = delete;
    mpi_group& operator=(const mpi_group&) = delete;
    ~mpi_group() override { MPI_Finalize(); }

    [[nodiscard]] std::uint64_t members() const override { return members_; }
    [[nodiscard]] std::uint64_t number() const override { return number_; }

    std::uint64_t least(std::uint64_t mine) override {
        std::uint64_t all = mine;
        MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD);
        return all;
    }

    void add_up(std::span<double> values) override {
        MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE,
                      MPI_SUM, MPI_COMM_WORLD);
    }
    void add_up(std::span<std::uint64_t> values) override {
        MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_UINT64_T,
                      MPI_SUM, MPI_COMM_WORLD);
    }

    [[nodiscard]] std::string told_by(std::uint64_t member, std::string mine) override {
        std::uint64_t size = mine.size();
        MPI_Bcast(&size, 1, MPI_UINT64_T, static_cast<int>(member), MPI_COMM_WORLD);
        mine.resize(size);
        MPI_Bcast(mine.data(), static_cast<int>(size), MPI_CHAR, static_cast<int>(member),
                  MPI_COMM_WORLD);
        return mine;
    }

private:
    std::uint64_t members_ = 1;
    std::uint64_t number_ = 0;
};

}  // namespace

result<std::unique_ptr<work_group>> join_work_group() {
    // Without mpirun, MPI_Init would only waste half a second.
    if (!started_by_mpirun()) return std::make_unique<work_group>();
    return std::unique_ptr<work_group>(std::make_unique<mpi_group>());
}

}  // namespace qslice::sim
