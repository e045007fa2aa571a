/// @file
/// qslice-sim as a user runs it.
#pragma once

#include "support/run_program.hpp"

#include <string>
#include <vector>

namespace qslice::test {

inline program_run qslice_sim(const std::vector<std::string>& arguments) {
    return run_program(QSLICE_SIM_PROGRAM, arguments);
}

/// A text without its line breaks and indents.
inline std::string in_one_line(const std::string& text) {
    std::string one;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n';
        if (blank && (one.empty() || one.back() == ' ')) continue;
        one += blank ? ' ' : c;
    }
    return one;
}

}  // namespace qslice::test
