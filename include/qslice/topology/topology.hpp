/// @file
/// A deployment as a type: its runner types, their slices, and the machines that run them.
/// A deployment that would lose or duplicate messages does not compile. run.hpp starts its runners.
///
/// @code
/// struct my_site : topology<
///     mailman21_spool,
///     runners<sliced<incoming_runner, 3>, sliced<archive_runner, 3>, sliced<outgoing_runner, 3>,
///             sliced<virgin_runner, 3>, sliced<bounce_runner, 1>, sliced<retry_runner, 1>>,
///     machines<machine_runs<"mx1", slice_of_each<0>>,
///              machine_runs<"mx2", slice_of_each<1>>,
///              machine_runs<"mx3", slice_of_each<2>>>> {};
/// @endcode
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/slices.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/topology/detail/checks.hpp>
#include <qslice/topology/detail/deployment.hpp>
#include <qslice/topology/detail/partition_of_slices.hpp>
#include <qslice/topology/detail/runner_set.hpp>
#include <qslice/topology/fixed_name.hpp>
#include <qslice/topology/machine.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/topology/sliced.hpp>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace qslice {

/// Queues in which items may end although no runner takes from them, in addition to shunt/, in
/// which they always may, and for mail held/ and bad/.
template <fixed_name... Queues>
struct ends_at {};

/// The queue that items enter from outside. A simulator feeds it, and there an item's way begins;
/// deployments may enqueue anywhere. Without it: in/, if a runner takes from it.
template <fixed_name... Queues>
struct enters {
    static_assert(sizeof...(Queues) <= 1, "items of a topology enter by one queue");
};

/// A site's deployment. It is checked when it is first used; a struct that derives from it is
/// checked at once and gives it a short name.
///
/// Compile errors: a slice that no machine runs, that two machines run or that one runs twice; a
/// queue without a consumer; a flow to an unknown queue; two runner types on one queue or with the
/// same class name; two machines with the same name; a slice count of 0; a slice number that is not
/// below its count; a machine that runs a runner type that the topology does not list.
///
/// @tparam Spool  a spool_traits; its partition gets the number of slices at run time, so that one
///                type serves queues with different numbers of slices: equal_ranges<>, ...
/// @tparam Runners  runners<sliced<RUNNER, COUNT>...>
/// @tparam Machines  machines<machine_runs<NAME, ITEMS...>...>
/// @tparam Ends  ends_at<QUEUES...>: for items that are not mail, one that is in such a queue is
///               complete
/// @tparam Enters  enters<QUEUE>
///
/// Optional members of a struct that derives from it:
/// - `template <class Runner> static Runner make_runner()`: runners that are not
/// default-constructed; called once for each process
/// - `static auto hash_policy()`, `order()`, `stamps()`: the spool's policies, where they are
///   configured. open_site() of configured.hpp makes sites with them; simulators use them.
/// - `template <class Runner> static result<partition_type> partition_of()`: a partition that is
///   configured, in place of the one here
/// - `static constexpr bool ends_in_each = true`: an item that runners make several of ends in each
///   of the queues in `ends_at`, not in any of them; a simulator then requires all
/// - `static auto arriving(const arriving_item&)`: the item that a simulator's stream puts in
/// - `static constexpr item_words words`: what a simulator's texts call items, see item_words.hpp
/// - `template <class Base> struct simulated_services : Base`: the site's services in a simulator,
///   made from a Base
template <class Spool, class Runners, class Machines, class Ends = ends_at<>,
          class Enters = enters<>>
class topology {
    static_assert(
        detail::always_false<Spool>,
        "expected topology<SPOOL, runners<...>, machines<...>, ends_at<...>, enters<QUEUE>>");
};

template <class Spool, class... Sliced, class... Machines, fixed_name... Ends,
          fixed_name... Entries>
class topology<Spool, runners<Sliced...>, machines<Machines...>, ends_at<Ends...>,
               enters<Entries...>> {
    static_assert(sizeof...(Sliced) != 0, "a topology has at least one runner type");
    static_assert(sizeof...(Machines) != 0, "a topology has at least one machine");

    using set = detail::runner_set<Sliced...>;

public:
    using spool = Spool;
    using partition_type = typename Spool::partition_type;

    /// The runner types, a Hana tuple of types.
    static constexpr auto runner_types = boost::hana::tuple_t<typename Sliced::runner...>;

    static constexpr const auto& class_names = set::class_names;
    static constexpr std::array machine_names{detail::machine_items<Machines>::name...};

    /// The queues that runners take from, in the order of the runner types.
    static constexpr const auto& consumed_queues = set::queues;

    /// The queues in which the site itself says that items end.
    static constexpr std::array<std::string_view, sizeof...(Ends)> stated_ends{Ends...};

    /// The queue that items enter; empty: in/.
    static constexpr std::string_view entry_queue = [] {
        std::string_view entry;
        ((entry = Entries), ...);
        return entry;
    }();

    /// The queues in which messages may end.
    static constexpr auto end_queues = [] {
        constexpr auto usual = detail::usual_ends<Spool>();
        std::array<std::string_view, usual.size() + sizeof...(Ends)> ends{Ends...};
        std::copy(usual.begin(), usual.end(), ends.begin() + sizeof...(Ends));
        return ends;
    }();

    /// Every queue of the site: the queues that site::make_directories creates.
    static constexpr auto queues = [] {
        std::array<std::string_view, consumed_queues.size() + end_queues.size()> all{};
        std::copy(end_queues.begin(), end_queues.end(),
                  std::copy(consumed_queues.begin(), consumed_queues.end(), all.begin()));
        return all;
    }();

    /// The number of slices that a runner type's queue is divided into.
    template <class Runner>
    static constexpr std::size_t slice_count = [] {
        static_assert(set::template has<Runner>, "the topology does not list this runner type");
        return set::counts[set::template find<Runner>::index];
    }();

private:
    static_assert(
        detail::check_queues<detail::find_equal(set::queues), typename Sliced::runner...>());
    static_assert(detail::check_class_names<detail::find_equal(set::class_names),
                                            typename Sliced::runner...>());
    static_assert(detail::check_machine_names<detail::find_equal(machine_names), Machines...>());

    static constexpr auto placed = detail::placements<set, Machines...>();

    static_assert(detail::check_slices<detail::find_slice_fault<set>(placed), runners<Sliced...>,
                                       machines<Machines...>>);
    static_assert(detail::check_flows<
                  detail::find_flow_fault<typename Sliced::runner...>(set::queues, end_queues),
                  runners<Sliced...>>);
    static_assert(
        (detail::check_partition<partition_type, Sliced::slice_count, Sliced::has_equal_weights> &&
         ...));
    static_assert(entry_queue.empty() || detail::names_contain(consumed_queues, entry_queue),
                  "items enter a queue that no runner of the topology takes from");

public:
    /// Every process of the site, machine by machine: what mailmanctl starts on each.
    static constexpr auto processes = [] {
        std::array<runner_process, placed.size()> all{};
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& [runner, slice, machine] = placed[i];
            all[i] = {
                machine_names[machine],
                {set::class_names[runner], static_cast<slice_index>(slice), set::counts[runner]}};
        }
        return all;
    }();

    /// The weights of the slices of a runner type's queue.
    template <class Runner>
    static constexpr std::span<const std::uint32_t> weights_of() {
        static_assert(set::template has<Runner>, "the topology does not list this runner type");
        return set::template find<Runner>::sliced_type::weights;
    }

    /// The partition of a runner type's queue.
    /// @returns `malformed` if the partition does not support these slices
    template <class Runner>
    static result<partition_type> partition_of() {
        return detail::make_partition_for<partition_type>(weights_of<Runner>());
    }
};

}  // namespace qslice
