#pragma once

/// @file
/// Plays a scenario on a site of one's own, by its own runners.

#include "sim/model/simulation.hpp"
#include "sim/model/site_program_of.hpp"
#include "sim/own_site/own_simulation.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/scenario.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/topology/configured.hpp>

#include <type_traits>

/// What happened.
template <class Topology>
qslice::sim::run_record played(const qslice::sim::scenario& s) {
    using runner_types = std::decay_t<decltype(Topology::runner_types)>;
    const qslice::sim::site_program_of<typename Topology::spool, runner_types,
                                       qslice::sim::detail::partition_of_queue<Topology>, Topology>
        program(Topology::runner_types, {}, qslice::hash_policy_of<Topology>());
    return simulate(s, qslice::sim::make_stream(s.stream, s.seed).value(), program).value();
}
