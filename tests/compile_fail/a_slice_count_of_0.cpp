// expect: a queue needs at least one slice: the slice count is 0
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 0>>,
                          machines<machine_runs<"mx1", everything>>> {};
