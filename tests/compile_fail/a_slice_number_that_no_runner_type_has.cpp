// expect: no such slice: slices are counted from 0 to one less than their count
// expect: slice_of_each<3>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", everything, slice_of_each<3>>>> {};
