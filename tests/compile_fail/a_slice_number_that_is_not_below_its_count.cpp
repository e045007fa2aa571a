// expect: no such slice: slices are counted from 0 to one less than their count
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site
    : topology<
          mailman21_spool, runners<sliced<archive_runner, 3>>,
          machines<machine_runs<"mx1", all_slices<archive_runner>, one_slice<archive_runner, 3>>>> {
};
