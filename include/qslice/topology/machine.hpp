/// @file
/// A machine of a topology and the slices that it runs.
/// Which machine runs which slice is the site's own decision; topologies check it.
#pragma once

#include <qslice/topology/fixed_name.hpp>

#include <cstddef>

namespace qslice {

/// One slice of a runner type, counted from 0.
template <class Runner, std::size_t Slice>
struct one_slice {};

/// All slices of a runner type.
template <class Runner>
struct all_slices {};

/// The slice with that number of each runner type that has it: machine k runs slice k of every
/// runner. A runner with one slice goes to slice_of_each<0>.
template <std::size_t Slice>
struct slice_of_each {};

/// Each slice of each runner type: a site with one machine, as mailmanctl starts it.
struct everything {};

/// A machine: its name and the slices that it runs, given as any of the above.
template <fixed_name Name, class... Items>
struct machine_runs {};

/// The machines of a topology.
template <class... Machines>
struct machines {};

}  // namespace qslice
