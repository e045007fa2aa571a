// expect: not a format of queue entries
#include <qslice/qslice.hpp>

struct no_format {};

qslice::spool_traits<no_format, qslice::mailman21_policy, qslice::equal_ranges<>> spool;

int main() {}
