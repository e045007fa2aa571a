/// @file
/// A simulator of one user-defined site: a topology's runner types, format, hash policy, partition
/// and layout, with the commands of qslice-sim. CMake's `qslice_add_simulation` makes a program
/// from it.
#pragma once

#include "sim/model/site_program_of.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/detail/partition_of_slices.hpp>
#include <qslice/topology/item_words.hpp>
#include <qslice/topology/standby.hpp>
#include <qslice/topology/topology.hpp>

#include <boost/hana/for_each.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace qslice::sim {

/// Runs the command line of a program that is built for a site; to be called once.
/// @returns the exit status: 0: all requirements are met; 1: not all; 2: wrong options or input, or
///          an output error
int run_own_site(int count, const char* const* arguments, const built_site& site,
                 const site_program& program);

namespace detail {

/// The partition of each queue of a topology, with its runner type's weights.
template <class Topology>
struct partition_of_queue {
    using partition_type = typename Topology::partition_type;

    /// @param slices  the topology's number, or another one into which a plan divides the queue
    ///                equally; a partition that cannot have it keeps the topology's
    result<partition_type> operator()(std::string_view queue, std::uint64_t slices) const {
        result<partition_type> made = failure(error_code::not_found, std::string(queue),
                                              "no runner of the topology takes from it");
        boost::hana::for_each(Topology::runner_types, [&](auto type) {
            using runner = typename decltype(type)::type;
            if (runner::queue != queue) return;
            made = slices == Topology::template slice_count<runner>
                       ? Topology::template partition_of<runner>()
                       : qslice::detail::make_partition_for<partition_type>(
                             std::vector<std::uint32_t>(slices, 1));
        });
        return made;
    }
};

/// Whether a queue whose slices have owners can be divided into another number of them without a
/// new program: what change_slices and the owners of slices make of it.
template <class Topology, class Runner>
result<void> can_change_to(std::uint64_t slices) {
    using partition_type = typename Topology::partition_type;
    if constexpr (!qslice::detail::made_of_weights<partition_type> &&
                  !qslice::detail::made_of_count<partition_type>) {
        return failure(error_code::rejected, std::string(Runner::queue),
                       "its partition has the number " +
                           std::to_string(Topology::template slice_count<Runner>) +
                           " by its type; a partition that is made at run time, as "
                           "equal_ranges<>, can change, and of this one build a program with "
                           "another number");
    } else {
        const auto weights = Topology::template weights_of<Runner>();
        if (std::any_of(weights.begin(), weights.end(), [](auto w) { return w != 1; })) {
            return failure(error_code::rejected, std::string(Runner::queue),
                           "its slices have weights, and a number does not say the new ones; build "
                           "a program with them");
        }
        const auto made = qslice::detail::make_partition_for<partition_type>(
            std::vector<std::uint32_t>(slices, 1));
        if (!made) return failure(made.error());
        if (made->slice_count() == slices) return {};
        return failure(error_code::rejected, std::string(Runner::queue),
                       "its partition makes " + std::to_string(made->slice_count()) + " of them");
    }
}

/// The scenario of a topology's machines and policies, otherwise like the default scenario.
template <class Topology>
scenario scenario_of(const std::string& name) {
    using spool = typename Topology::spool;
    scenario s;
    s.name = name;
    s.summary = "the topology that this program was built with";
    s.policy.format = spool::format::name;
    s.policy.hash = hash_policy_of<Topology>().name();
    s.policy.order = spool::order::name;
    s.policy.stamps = spool::stamps::name;
    s.policy.partition = "of its own";
    if constexpr (!qslice::detail::carries_mail<spool>) s.digests.period_s = 0;
    s.storage.kind = "network";
    s.deployment.file = s.deployment.standby = qslice::detail::owns_slices<Topology>;
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

/// What a topology's types say of its site.
template <class Topology>
built_site site_of(const std::string& name) {
    built_site site;
    site.program = name;
    site.usual = scenario_of<Topology>(name);
    site.mail = qslice::detail::carries_mail<typename Topology::spool>;
    if constexpr (requires { item_words(Topology::words); }) site.words = Topology::words;
    boost::hana::for_each(Topology::runner_types, [&](auto type) {
        using runner = typename decltype(type)::type;
        site.runners.push_back({std::string(runner::class_name), std::string(runner::queue),
                                Topology::template slice_count<runner>,
                                !site.mail && !std::is_final_v<runner>,
                                &can_change_to<Topology, runner>});
    });
    if constexpr (qslice::detail::owns_slices<Topology>) {
        for (const std::string_view machine : Topology::stands_by::machines) {
            site.stands_by.emplace_back(machine);
        }
    }
    site.watches = requires { requires Topology::spool::watches; };
    for (const std::string_view queue : Topology::queues) site.queues.emplace_back(queue);
    return site;
}

}  // namespace detail

/// The main function of a program that simulates one topology.
///
/// Runners get the topology's `simulated_services<sim_services>` as their site's services, or
/// `sim_services`, which include those of the library's own runners. Slices may have any weights,
/// and hash policy and partition any names: the report compares the run with what the types state.
template <class Topology>
int simulate_site(int count, const char* const* arguments, const std::string& name) {
    using runner_types = std::decay_t<decltype(Topology::runner_types)>;
    const site_program_of<typename Topology::spool, runner_types,
                          detail::partition_of_queue<Topology>, Topology>
        program(Topology::runner_types, {}, hash_policy_of<Topology>(), order_of<Topology>(),
                stamps_of<Topology>());
    const built_site site = detail::site_of<Topology>(name);
    return run_own_site(count, arguments, site, program);
}

}  // namespace qslice::sim
