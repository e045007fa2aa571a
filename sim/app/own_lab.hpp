/// @file
/// What `lab` does in a simulator that is built for one site: its own policy beside the library's.
#pragma once

#include "sim/app/command.hpp"

namespace qslice::sim {

/// Adds `lab` for the site that the program is built for.
void add_own_lab_command(command_options program, command_line& line);

}  // namespace qslice::sim
