// expect: a slice that two machines run
// expect: archive_runner
// expect: slice_number<1>
// expect: "mx1"
// expect: "mx2"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", all_slices<archive_runner>>,
                                   machine_runs<"mx2", slice_of_each<1>>>> {};
