// expect: a topology has at least one runner type
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<>, machines<machine_runs<"mx1">>> {};
