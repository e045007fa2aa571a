// expect: a queue without a consumer
// expect: incoming_runner
// expect: "virgin"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<incoming_runner, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
