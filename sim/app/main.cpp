/// @file
/// qslice-sim: simulates a Mailman site with sliced queues and reports whether the requirements are
/// met.
#include "sim/app/program.hpp"

int main(int count, char** arguments) { return qslice::sim::run_program(count, arguments); }
