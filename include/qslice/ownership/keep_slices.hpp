/// @file
/// The body of a process that owns slices: polls its keeper until it is asked to stop.
/// topology/run_owned.hpp runs it in a thread for each runner type.
#pragma once

#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/slice_keeper.hpp>
#include <qslice/world/world.hpp>

namespace qslice {

/// Polls a keeper until `stop_requested()`, then until it has given everything back.
template <world World, slice_host Host, class StopRequested>
void keep_slices(World& w, slice_keeper<World>& keeper, Host& host,
                 StopRequested&& stop_requested) {
    while (!stop_requested()) {
        keeper.poll(host);
        w.sleep_for(keeper.next_poll_s());
    }
    while (!keeper.stop(host)) w.sleep_for(keeper.next_poll_s());
}

}  // namespace qslice
