// expect: a queue without a consumer
// expect: retry_runner
// expect: "out"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<retry_runner, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
