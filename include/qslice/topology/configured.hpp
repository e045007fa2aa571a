/// @file
/// The objects of a topology: runners and policies that it makes itself, otherwise
/// default-constructed ones. Deployments and simulators of a topology take them from here alike.
#pragma once

#include <qslice/runner/site.hpp>
#include <qslice/world/world.hpp>

#include <utility>

namespace qslice {

/// A runner object of a topology.
template <class Topology, class Runner>
Runner make_runner() {
    if constexpr (requires { Topology::template make_runner<Runner>(); }) {
        return Topology::template make_runner<Runner>();
    } else {
        return Runner{};
    }
}

/// A topology's hash policy.
template <class Topology>
typename Topology::spool::hash_policy_type hash_policy_of() {
    if constexpr (requires { Topology::hash_policy(); }) {
        return Topology::hash_policy();
    } else {
        return {};
    }
}

/// A topology's order of entries.
template <class Topology>
typename Topology::spool::order order_of() {
    if constexpr (requires { Topology::order(); }) {
        return Topology::order();
    } else {
        return {};
    }
}

/// A topology's stamps.
template <class Topology>
typename Topology::spool::stamps stamps_of() {
    if constexpr (requires { Topology::stamps(); }) {
        return Topology::stamps();
    } else {
        return {};
    }
}

/// The site of one process of a topology, with the topology's policies.
/// @param services  must outlive the site
template <class Topology, world World, class Services>
site<World, typename Topology::spool, Services> open_site(World w, Services& services,
                                                          site_settings settings) {
    return {std::move(w),         services,
            std::move(settings),  hash_policy_of<Topology>(),
            order_of<Topology>(), stamps_of<Topology>()};
}

/// The same of a topology whose runners need no services.
template <class Topology, world World>
site<World, typename Topology::spool> open_site(World w, site_settings settings) {
    return {std::move(w), std::move(settings), hash_policy_of<Topology>(), order_of<Topology>(),
            stamps_of<Topology>()};
}

}  // namespace qslice
