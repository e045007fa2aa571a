// expect: a queue needs at least one slice: the slice count is 0
#include <qslice/partition/equal_ranges.hpp>

using namespace qslice;

constexpr slice_index first = equal_ranges<0>{}.slice_of(hash_value::min());
