// expect: not a runner type: it needs the static members queue, class_name and flows_to
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct idle {};

struct my_site : topology<mailman21_spool, runners<sliced<idle, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
