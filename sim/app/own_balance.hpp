/// @file
/// What `balance` does in a simulator that is built for one site: the site's own items, hashed and
/// divided among the slices of its own queues.
#pragma once

#include "sim/app/command.hpp"

namespace qslice::sim {

/// Adds `balance` for the site that the program is built for.
void add_own_balance_command(command_options program, command_line& line);

}  // namespace qslice::sim
