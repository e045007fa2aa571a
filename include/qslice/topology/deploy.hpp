/// @file
/// States a topology in its spool: writes the deployment file that its runners compare themselves
/// with. Optional; without it, runners of different topologies are not told apart.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/spool_terms.hpp>

#include <boost/hana/for_each.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace qslice {

/// What a topology's deployment file says, as its first epoch.
template <class Topology>
deployment deployment_of(const typename Topology::spool::hash_policy_type& policy) {
    deployment d;
    boost::hana::for_each(Topology::runner_types, [&](auto type) {
        using runner = typename decltype(type)::type;
        d.queues.push_back(terms_of<typename Topology::spool>(
            runner::queue, Topology::template weights_of<runner>(), policy));
    });
    return d;
}

/// Writes the deployment file of a topology into its site's spool, unless there is one already.
/// Call it once when the site is set up; from then on every runner is held to it.
/// @returns `rejected`, with both values, if the spool states another deployment
template <class Topology, class Site>
result<void> state_deployment(Site& s) {
    const std::string& spool = s.settings().queues;
    const deployment own = deployment_of<Topology>(s.hash_policy());
    auto stated = read_deployment(s.world(), spool);
    if (stated && !*stated) {
        auto written = write_deployment(s.world(), spool, own, s.settings().identity);
        // Another process may have been first, with the same topology or with another.
        if (written || written.error().code != error_code::exists) return written;
        stated = read_deployment(s.world(), spool);
    }
    if (!stated) return failure(stated.error());
    if (!*stated) return {};
    for (const queue_terms& terms : own.queues) {
        if (auto same = check_terms(**stated, terms); !same) return same;
    }
    return {};
}

}  // namespace qslice
