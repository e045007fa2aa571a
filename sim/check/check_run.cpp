#include "sim/check/check_run.hpp"

#include "sim/check/conservation.hpp"

namespace qslice::sim {

run_results check_run(const run_record& run) {
    run_results results;
    results.duration_s = to_seconds(run.ended - run.started);
    results.conservation = check_conservation(run_index(run));
    return results;
}

}  // namespace qslice::sim
