// expect: Mailman 3 takes only a power of two as its number of slices
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman3_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", everything>>> {};
