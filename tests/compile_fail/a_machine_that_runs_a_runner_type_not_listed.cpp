// expect: a machine runs a runner type that the topology does not list
// expect: bounce_runner
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", everything, all_slices<bounce_runner>>>> {};
