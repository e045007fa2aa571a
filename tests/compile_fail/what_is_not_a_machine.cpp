// expect: not a machine: expected machine_runs<
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site
    : topology<mailman21_spool, runners<sliced<archive_runner, 3>>, machines<everything>> {};
