// expect: the topology does not list this runner type
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", everything>>> {};

static_assert(my_site::slice_count<bounce_runner> == 1);
