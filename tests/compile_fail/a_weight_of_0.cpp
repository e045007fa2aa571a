// expect: a slice's weight is at least 1
#include <qslice/partition/weighted_ranges.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site
    : topology<spool_traits<mailman21_format, mailman21_policy, weighted_ranges<>>,
               runners<weighted<archive_runner, 2, 0>>, machines<machine_runs<"mx1", everything>>> {
};
