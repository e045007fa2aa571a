// expect: two machines with the same name
// expect: "mx1"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 3>>,
                          machines<machine_runs<"mx1", slice_of_each<0>>,
                                   machine_runs<"mx1", slice_of_each<1>, slice_of_each<2>>>> {};
