/// @file
/// A simulator of one site of the user's own: a topology's runner types, hash policy and
/// partition, played as qslice-sim plays its scenarios. `qslice_add_simulation` of CMake makes a
/// program of it.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/topology/topology.hpp>

#include <boost/hana/for_each.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace qslice::sim {

/// Reads the options (--posts, --seed, --require, --json, --quiet), plays the site, checks the
/// run and reports.
/// @param setting  the site's machines; the options change the rest
/// @returns the exit status: 0, and what is required holds; 1, and it does not; 2: wrong options,
///          or the output failed
int run_own_site(int count, const char* const* arguments, const std::string& name, scenario setting,
                 const site_program& program);

namespace detail {

/// A partition into so many slices of the same weight.
template <class Partition>
struct make_equal {
    result<Partition> operator()(std::uint64_t slices) const {
        return qslice::detail::make_partition_for<Partition>(std::vector<std::uint32_t>(slices, 1));
    }
};

/// Whether a runner type's queue is divided into slices of the same weight, by what becomes of
/// evenly spaced digests.
template <class Topology, class Runner>
bool has_equal_weights() {
    const auto own = Topology::template partition_of<Runner>();
    const auto equal =
        make_equal<typename Topology::partition_type>()(Topology::template slice_count<Runner>);
    if (!own || !equal) return false;
    constexpr std::uint64_t samples = 4096;
    for (std::uint64_t i = 0; i < samples; ++i) {
        const hash_value d = hash_value::fraction(2 * i + 1, 2 * samples);
        if (own->slice_of(d) != equal->slice_of(d)) return false;
    }
    return true;
}

/// The scenario of a topology's machines and policies, a site like the mission's otherwise.
template <class Topology>
scenario scenario_of(const std::string& name) {
    using spool = typename Topology::spool;
    scenario s;
    s.name = name;
    s.summary = "the topology that this program was built with";
    s.policy.format = spool::format::name;
    s.policy.hash = typename spool::hash_policy_type{}.name();
    s.policy.order = spool::order::name;
    s.policy.stamps = spool::stamps::name;
    s.policy.partition = "equal";  // the shares that the report expects
    s.storage.kind = "network";
    for (const std::string_view machine : Topology::machine_names) {
        s.machines.emplace_back().name = machine;
    }
    for (const runner_process& p : Topology::processes) {
        for (machine_choice& m : s.machines) {
            if (m.name != p.machine) continue;
            m.runners.push_back({std::string(p.runs.class_name), p.runs.slice, p.runs.slice_count});
        }
    }
    return s;
}

}  // namespace detail

/// The main function of a program that plays one topology.
///
/// Runners find `sim_services` as their site's services, which are those that the library's own
/// runners ask for. Slices have to be of the same weight, against which the report holds them.
template <class Topology>
int simulate_site(int count, const char* const* arguments, const std::string& name) {
    using partition_type = typename Topology::partition_type;
    using runner_types = std::decay_t<decltype(Topology::runner_types)>;
    static_assert(std::is_same_v<typename Topology::spool::layout, flat_layout>,
                  "a simulated site has its queues in the flat layout");
    bool equal = true;
    boost::hana::for_each(Topology::runner_types, [&](auto type) {
        equal = equal && detail::has_equal_weights<Topology, typename decltype(type)::type>();
    });
    if (!equal) {
        std::fprintf(stderr, "%s: slices of different weights are not simulated\n", name.c_str());
        return 2;
    }
    const site_program_of<typename Topology::spool, runner_types,
                          detail::make_equal<partition_type>>
        program(Topology::runner_types, {});
    return run_own_site(count, arguments, name, detail::scenario_of<Topology>(name), program);
}

}  // namespace qslice::sim
