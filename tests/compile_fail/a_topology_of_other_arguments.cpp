// expect: expected topology<SPOOL, runners<...>, machines<...>, ends_at<...>, enters<QUEUE>>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_site : topology<mailman21_spool, machines<>, runners<>> {};
