// expect: qslice needs libstdc++
#define _LIBCPP_VERSION 16000  // as libc++ has it

#include <qslice/partition/equal_ranges.hpp>
