/// @file
/// A slice that a process holds by a lease, and what starts and stops a runner for it.
/// slice_keeper.hpp decides when.
#pragma once

#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/leased_world.hpp>

#include <concepts>
#include <memory>

namespace qslice {

/// A slice that a process holds.
struct held_slice {
    leased_slice of;
    queue_terms terms;
    std::shared_ptr<lease_fence> fence;
};

/// Starts and stops runners:
/// - `start(held)`: starts a runner of that slice in a leased_world with its fence
/// - `ask_to_stop(held)`: it is to stop when it has finished what it has in hand
/// - `has_stopped(held)`: whether it has
template <class H>
concept slice_host = requires(H& host, const held_slice& held) {
    { host.start(held) } -> std::same_as<void>;
    { host.ask_to_stop(held) } -> std::same_as<void>;
    { host.has_stopped(held) } -> std::same_as<bool>;
};

}  // namespace qslice
