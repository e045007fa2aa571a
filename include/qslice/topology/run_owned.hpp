/// @file
/// Runs a machine of a topology whose slices have owners: it serves its own, stands by for others',
/// and follows changes of the number of slices. run.hpp runs a fixed slice instead.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment_text.hpp>
#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/keep_slices.hpp>
#include <qslice/ownership/keeper_settings.hpp>
#include <qslice/ownership/lease_times.hpp>
#include <qslice/ownership/leased_world.hpp>
#include <qslice/ownership/slice_keeper.hpp>
#include <qslice/ownership/spool_terms.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/detail/partition_of_slices.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/standby.hpp>
#include <qslice/world/world.hpp>

#include <boost/hana/for_each.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

/// A queue's partition as its deployment file states it.
template <class Partition>
result<Partition> partition_by_terms(const queue_terms& terms) {
    std::vector<std::uint32_t> weights(terms.slices, 1);
    const std::size_t colon = terms.partition.find(':');
    if (colon != std::string::npos) {
        std::string_view text = std::string_view(terms.partition).substr(colon + 1);
        for (std::uint32_t& weight : weights) {
            const std::size_t comma = std::min(text.find(','), text.size());
            const auto number = whole_number<std::uint64_t>(text.substr(0, comma));
            if (!number || *number == 0 || *number > 0xffffffffU) {
                return failure(error_code::malformed, terms.partition,
                               "expected as many weights as slices, each at least 1");
            }
            weight = static_cast<std::uint32_t>(*number);
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
    }
    auto made = make_partition_for<Partition>(weights);
    if (made && made->slice_count() != terms.slices) {
        return failure(
            error_code::rejected, terms.queue,
            "this program's partition cannot have " + std::to_string(terms.slices) + " slices");
    }
    return made;
}

/// A runner type's partition as its spool's deployment file states it: the topology's own as long
/// as both agree, since that may be configured by more than weights.
template <class Topology, class Runner>
result<typename Topology::partition_type> partition_for(const queue_terms& terms) {
    using partition_type = typename Topology::partition_type;
    const auto weights = Topology::template weights_of<Runner>();
    if (terms.slices == weights.size() &&
        terms.partition == with_weights(partition_name<partition_type>(), weights)) {
        return Topology::template partition_of<Runner>();
    }
    return partition_by_terms<partition_type>(terms);
}

/// Serves the slices that a process holds, each in a thread of its own.
template <class Topology, class Runner, class World, class MakeSite>
class runner_threads {
public:
    runner_threads(World& w, MakeSite& make_site) : world_(w), make_site_(make_site) {}

    void start(const held_slice& held) {
        World own = world_.another();
        auto& runs = running_[held.of];
        runs = std::make_unique<running>(own);
        runs->thread = std::jthread(
            [held, own, r = runs.get(),
             s = make_site_(runner_slice{Runner::class_name,
                                         static_cast<slice_index>(held.of.slice), held.of.slices},
                            leased_world<World>(own, held.fence))]() mutable {
                auto ranges = partition_for<Topology, Runner>(held.terms);
                if (ranges) {
                    runner_loop<Runner, decltype(s)>(
                        s, {std::move(*ranges), static_cast<slice_index>(held.of.slice)},
                        make_runner<Topology, Runner>())
                        .run();
                } else {
                    s.log("error", ranges.error().to_string());
                }
                r->stopped = true;
            });
    }
    void ask_to_stop(const held_slice& held) {
        const auto at = running_.find(held.of);
        if (at != running_.end()) at->second->world.request_stop();
    }
    bool has_stopped(const held_slice& held) {
        const auto at = running_.find(held.of);
        if (at == running_.end()) return true;
        if (!at->second->stopped) return false;
        running_.erase(at);  // joins
        return true;
    }

private:
    struct running {
        explicit running(World w) : world(std::move(w)) {}
        World world;
        std::atomic<bool> stopped = false;
        std::jthread thread;
    };

    World& world_;
    MakeSite& make_site_;
    std::map<leased_slice, std::unique_ptr<running>> running_;
};

}  // namespace detail

/// Where a machine's slices are, and how fast they are taken over.
struct owning_settings {
    std::string queues;  ///< the directory that holds the queues' directories
    lease_times times{};
};

/// Runs a machine of a topology with `stands_by` until the world asks to stop: per runner type a
/// thread that keeps leases, and a thread for each slice that it holds. The spool must have a
/// deployment file (see state_deployment), which states how many slices there are.
/// @param make_site  make_site(runner_slice, leased_world<World>) makes the site of one runner,
/// whose
///                   services only its thread uses; called in the thread of its runner type
/// @returns `not_found` for an unknown machine; `rejected` if the spool's format or layout does not
///          keep its promises
template <class Topology, world World, class MakeSite>
requires detail::owns_slices<Topology> result<void> run_owned(World w, std::string_view machine,
                                                              const owning_settings& settings,
                                                              MakeSite make_site) {
    if (auto kept = check_spool<typename Topology::spool>(); !kept) return kept;
    if (const auto known = processes_on<Topology>(machine); !known) return failure(known.error());
    std::vector<std::jthread> threads;
    boost::hana::for_each(Topology::runner_types, [&](auto type) {
        using runner = typename decltype(type)::type;
        threads.emplace_back([w, machine = std::string(machine), settings, make_site]() mutable {
            const std::string queue(runner::queue);
            keeper_settings keeps{
                settings.queues,
                settings.queues + '/' + queue,
                machine + '/' + std::string(runner::class_name),
                terms_of<typename Topology::spool>(queue, Topology::template weights_of<runner>(),
                                                   hash_policy_of<Topology>()),
                settings.times,
                [machine](std::uint64_t slice, std::uint64_t slices) {
                    return standby_rank<Topology>(machine, runner::class_name, slice, slices);
                }};
            // Its own sleep goes on after a request to stop, until everything is given back.
            World own = w.another();
            slice_keeper<World> keeper(own, std::move(keeps));
            detail::runner_threads<Topology, runner, World, decltype(make_site)> host(w, make_site);
            keep_slices(own, keeper, host, [&] { return w.stop_requested(); });
        });
    });
    return {};
}

}  // namespace qslice
