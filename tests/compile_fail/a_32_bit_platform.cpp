// expect: qslice needs a 64-bit platform
#undef __LP64__  // as a compiler for 32 bits has it

#include <qslice/partition/equal_ranges.hpp>
