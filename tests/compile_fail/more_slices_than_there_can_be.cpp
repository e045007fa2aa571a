// expect: a queue has at most 2^32 slices
#include <qslice/partition/equal_ranges.hpp>

using namespace qslice;

constexpr std::uint64_t count = equal_ranges<(std::size_t{1} << 32) + 1>::slice_count();
