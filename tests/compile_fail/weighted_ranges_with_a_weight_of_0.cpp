// expect: a slice's weight is at least 1
#include <qslice/partition/weighted_ranges.hpp>

using namespace qslice;

constexpr auto count = weighted_ranges<1, 0>::slice_count();
