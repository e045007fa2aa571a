// expect: a slice that one machine runs twice
// expect: archive_runner
// expect: slice_number<0>
// expect: "mx1"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 1>>,
                          machines<machine_runs<"mx1", everything, one_slice<archive_runner, 0>>>> {
};
