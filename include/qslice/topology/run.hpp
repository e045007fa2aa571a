/// @file
/// Runs the processes of a topology: one runner by its name, or all runners of a machine in
/// threads. It connects topology.hpp with the runner loop.
#pragma once

#include <qslice/core/caught.hpp>
#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment_guard.hpp>
#include <qslice/ownership/spool_terms.hpp>
#include <qslice/runner/left_claims.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/runner_state.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/detail/supervisor.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/service_manager.hpp>

#include <boost/hana/for_each.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace qslice {

/// The processes of one machine, in the order in which mailmanctl starts them.
/// @returns `not_found`, with the known machines, for any other name
template <class Topology>
result<std::vector<runner_slice>> processes_on(std::string_view machine) {
    std::vector<runner_slice> started;
    for (const runner_process& process : Topology::processes) {
        if (process.machine == machine) started.push_back(process.runs);
    }
    if (!started.empty()) return started;
    std::string known;
    for (const std::string_view name : Topology::machine_names) {
        // A machine that runs nothing exists nevertheless.
        if (name == machine) return started;
        known.append(known.empty() ? "" : ", ").append(name);
    }
    return failure(error_code::not_found, std::string(machine),
                   "no such machine in the topology; it has " + known);
}

/// Tells nobody what a runner does.
struct untold {
    void operator()(runner_state) const noexcept {}
};

/// Serves a slice with a given runner object until the world asks to stop, or the spool's
/// deployment file states something else. A site's identity names one process, so that what an
/// earlier one left beside the lists' locks is cleared first.
/// @param tell  tell(runner_state), see runner_loop::run
/// @returns `malformed` if the runner type has no such slice; `rejected` if the spool's format or
///          layout does not keep its promises, or if its deployment file divides the queue
///          otherwise
template <class Topology, class Site, class Runner, class Tell = untold>
requires runner_on<Runner, Site> result<void> run_slice(Site& s, Runner runner, slice_index slice,
                                                        Tell&& tell = {}) {
    if (auto kept = check_spool<typename Topology::spool>(); !kept) return kept;
    auto ranges = Topology::template partition_of<Runner>();
    if (!ranges) return failure(ranges.error());
    if (slice >= ranges->slice_count()) {
        return failure(error_code::malformed,
                       std::string(Runner::class_name) + ':' + std::to_string(slice),
                       "no such slice: slices are counted from 0, and the topology has " +
                           std::to_string(ranges->slice_count()));
    }
    deployment_guard guard(
        s.settings().queues,
        terms_of<typename Topology::spool>(Runner::queue, Topology::template weights_of<Runner>(),
                                           s.hash_policy()));
    const auto look = [&] {
        return s.settings().reads_deployment ? guard.look(s.world()) : result<void>();
    };
    if (auto fits = look(); !fits) return fits;
    if constexpr (detail::carries_mail<typename Site::traits>) {
        // A site without locks/ has no claims, and an error there is met again by the first lock.
        (void)clear_left_claims(s.world(), s.lock_directory(), s.settings().identity);
    }
    runner_loop<Runner, Site> loop(s, {std::move(*ranges), slice}, std::move(runner));
    result<void> fits;
    loop.run(tell, [&] {
        fits = look();
        return fits.has_value();
    });
    return fits;
}

/// Serves a slice of the runner type with that class name until the world asks to stop: the body of
/// a qrunner process.
/// @returns `not_found` if the topology has no such runner type; `malformed` if the runner type has
///          no such slice or a different number of slices: two numbers for one directory give
///          entries two owners or none
template <class Topology, class Site, class Tell = untold>
result<void> run_runner(Site& s, const runner_slice& wanted, Tell&& tell = {}) {
    result<void> outcome = failure(error_code::not_found, std::string(wanted.class_name),
                                   "no runner type with this class name in the topology");
    boost::hana::for_each(Topology::runner_types, [&](auto type) {
        using runner = typename decltype(type)::type;
        if (runner::class_name != wanted.class_name) return;
        constexpr std::size_t count = Topology::template slice_count<runner>;
        if (wanted.slice_count != count) {
            outcome = failure(
                error_code::malformed, to_string(wanted),
                "the topology divides this queue into " + std::to_string(count) + " slices");
        } else {
            outcome = run_slice<Topology>(s, make_runner<Topology, runner>(), wanted.slice, tell);
        }
    });
    return outcome;
}

/// The same with the topology's number of slices.
template <class Topology, class Site>
result<void> run_runner(Site& s, std::string_view class_name, slice_index slice) {
    for (const runner_process& process : Topology::processes) {
        if (process.runs.class_name == class_name) {
            return run_runner<Topology>(s, {class_name, slice, process.runs.slice_count});
        }
    }
    return run_runner<Topology>(s, {class_name, slice, 1});
}

/// Runs every process of a machine, each in its own thread, until each has been asked to stop.
///
/// If one fails, whatever it throws, its error goes to the log "error" at once and all others are
/// asked to stop, as far as their worlds have request_stop(): a service manager then starts the
/// whole machine again, and no slice stays without its runner.
/// @param make_site  make_site(runner_slice) makes the site of one process, whose services only
/// that
///                   thread uses; called in the calling thread for all processes before one starts
/// @param manager    is told when all runners have recovered what a crash left, and that they are
///                   alive as long as none has been at one entry for the time of its watchdog
/// @returns `not_found` for an unknown machine; the first failure, which names its runner; what
///          make_site throws as `rejected`, before any runner has started
template <class Topology, class MakeSite>
result<void> run_machine(std::string_view machine, MakeSite&& make_site,
                         const service_manager& manager = {}) {
    const auto processes = processes_on<Topology>(machine);
    if (!processes) return failure(processes.error());
    std::deque<decltype(make_site(processes->front()))> sites;
    for (const runner_slice& process : *processes) {
        auto made = caught("the site of " + to_string(process), [&]() -> result<void> {
            sites.push_back(make_site(process));
            return {};
        });
        if (!made) return made;
    }
    detail::supervisor all(sites.size());
    const auto serve = [&](std::size_t k) {
        const std::string name = to_string((*processes)[k]);
        auto ran = caught(name, [&] {
            return run_runner<Topology>(sites[k], (*processes)[k],
                                        [&](runner_state state) { all.note(k, state); });
        });
        if (!ran) {
            const error& problem = ran.error();
            if (problem.where != name) {
                ran = failure(problem.code, name + ", " + problem.where, problem.what);
            }
            sites[k].log("error", ran.error().to_string() +
                                      "; the machine's other runners are asked to stop");
        }
        all.end(k, ran);
    };
    std::vector<std::jthread> threads;
    for (std::size_t k = 0; k < sites.size(); ++k) {
        const auto started = caught("the thread of " + to_string((*processes)[k]), [&] {
            threads.emplace_back(serve, k);
            return result<void>{};
        });
        if (!started) all.end(k, started);
    }
    return all.watch(manager, [&] {
        for (auto& s : sites) {
            if constexpr (requires { s.world().request_stop(); }) s.world().request_stop();
        }
    });
}

}  // namespace qslice
