// expect: the spool's partition has a different number of slices than the runner type
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site
    : topology<spool_traits<mailman21_format, mailman21_policy, equal_ranges<4>>,
               runners<sliced<archive_runner, 3>>, machines<machine_runs<"mx1", everything>>> {};
