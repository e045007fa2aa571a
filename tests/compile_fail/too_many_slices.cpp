// expect: a queue of a topology has at most 65536 slices
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

using far_too_many = sliced<archive_runner, 65537>;
static_assert(far_too_many::slice_count > 0);
