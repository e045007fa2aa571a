// expect: rendezvous takes at most 65536 slices
#include <qslice/partition/rendezvous.hpp>

using namespace qslice;

constexpr auto count = rendezvous<65537>::slice_count();
