// expect: the spool's partition does not take weights
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<weighted<archive_runner, 2, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
