/// @file
/// qslice-sim as a user runs it.
#pragma once

#include "support/in_one_line.hpp"
#include "support/run_program.hpp"

#include <string>
#include <vector>

namespace qslice::test {

inline program_run qslice_sim(const std::vector<std::string>& arguments) {
    return run_program(QSLICE_SIM_PROGRAM, arguments);
}

}  // namespace qslice::test
