/// @file
/// Which process runs where, derived from a topology's types at compile time.
/// Part of topology.hpp.
#pragma once

#include <qslice/topology/machine.hpp>
#include <qslice/topology/sliced.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace qslice::detail {

/// A slice assigned to a machine; indices into the topology's runners and machines.
struct placement {
    std::size_t runner = 0;
    std::size_t slice = 0;
    std::size_t machine = 0;
};

/// The index of a runner type in a topology; the number of runner types if it is not there.
template <class Runner, class... Sliced>
constexpr std::size_t runner_index() {
    std::size_t index = 0;
    // The fold stops at the first match.
    (void)((std::is_same_v<Runner, typename Sliced::runner> || (++index, false)) || ...);
    return index;
}

/// Calls visit(runner index, slice) for each slice that one item of a machine denotes.
template <class Item, class... Sliced>
struct item_slices;

template <class Runner, std::size_t Slice, class... Sliced>
struct item_slices<one_slice<Runner, Slice>, Sliced...> {
    static constexpr std::size_t runner = runner_index<Runner, Sliced...>();
    static_assert(runner < sizeof...(Sliced),
                  "a machine runs a runner type that the topology does not list");
    static_assert(((Slice < Sliced::slice_count ||
                    !std::is_same_v<Runner, typename Sliced::runner>)&&...),
                  "no such slice: slices are counted from 0 to one less than their count");

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        visit(runner, Slice);
    }
};

template <class Runner, class... Sliced>
struct item_slices<all_slices<Runner>, Sliced...> {
    static constexpr std::size_t runner = runner_index<Runner, Sliced...>();
    static_assert(runner < sizeof...(Sliced),
                  "a machine runs a runner type that the topology does not list");

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        constexpr std::array counts{Sliced::slice_count...};
        for (std::size_t k = 0; k < counts[runner]; ++k) visit(runner, k);
    }
};

template <std::size_t Slice, class... Sliced>
struct item_slices<slice_of_each<Slice>, Sliced...> {
    static_assert(((Slice < Sliced::slice_count) || ...),
                  "no such slice: slices are counted from 0 to one less than their count");

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        constexpr std::array counts{Sliced::slice_count...};
        for (std::size_t r = 0; r < counts.size(); ++r) {
            if (Slice < counts[r]) visit(r, Slice);
        }
    }
};

template <class... Sliced>
struct item_slices<everything, Sliced...> {
    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        constexpr std::array counts{Sliced::slice_count...};
        for (std::size_t r = 0; r < counts.size(); ++r) {
            for (std::size_t k = 0; k < counts[r]; ++k) visit(r, k);
        }
    }
};

template <class Machine>
struct machine_items {
    static_assert(!std::is_same_v<Machine, Machine>,
                  "not a machine: expected machine_runs<\"NAME\", ITEMS...>");
};

template <fixed_name Name, class... Items>
struct machine_items<machine_runs<Name, Items...>> {
    static constexpr std::string_view name = Name;
    using name_type = machine_named<Name>;

    template <class Visit, class... Sliced>
    static constexpr void visit_each(Visit&& visit, runners<Sliced...>) {
        (item_slices<Items, Sliced...>::visit_each(visit), ...);
    }
};

/// All placements of a topology, machine by machine, in the order of their items.
template <class Runners, class... Machines>
constexpr auto placements() {
    constexpr std::size_t total = [] {
        std::size_t count = 0;
        (machine_items<Machines>::visit_each([&](std::size_t, std::size_t) { ++count; }, Runners{}),
         ...);
        return count;
    }();
    std::array<placement, total> placed{};
    std::size_t at = 0;
    std::size_t machine = 0;
    const auto place_machine = [&]<class Machine>(std::type_identity<Machine>) {
        machine_items<Machine>::visit_each(
            [&](std::size_t runner, std::size_t slice) {
                placed[at++] = {runner, slice, machine};
            },
            Runners{});
        ++machine;
    };
    (place_machine(std::type_identity<Machines>{}), ...);
    return placed;
}

}  // namespace qslice::detail
