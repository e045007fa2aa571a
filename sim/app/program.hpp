/// @file
/// The command line: qslice-sim's, with all commands, or that of a simulator built for one site,
/// with those that need no name of a policy. Their main functions call it.
#pragma once

namespace qslice::sim {

/// Parses the arguments, runs the command and reports.
/// @returns the exit status: 0: done, and all requirements are met; 1: not all; 2: wrong options or
///          input, or an input/output error
int run_program(int count, const char* const* arguments);

}  // namespace qslice::sim
