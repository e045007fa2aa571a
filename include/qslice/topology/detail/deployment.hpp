/// @file
/// Which process runs where, derived from a topology's types at compile time.
/// Part of topology.hpp.
#pragma once

#include <qslice/topology/detail/runner_set.hpp>
#include <qslice/topology/fixed_name.hpp>
#include <qslice/topology/machine.hpp>

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

/// Calls visit(runner index, slice) for each slice that one item of a machine denotes.
/// @tparam Set  a runner_set
template <class Item, class Set>
struct item_slices {
    static_assert(!std::is_same_v<Item, Item>,
                  "not an item of a machine: expected one_slice<RUNNER, NUMBER>, "
                  "all_slices<RUNNER>, slice_of_each<NUMBER> or everything");
    static constexpr std::size_t size = 0;
    template <class Visit>
    static constexpr void visit_each(Visit&&) {}
};

template <class Runner, std::size_t Slice, class Set>
struct item_slices<one_slice<Runner, Slice>, Set> {
    static_assert(Set::template has<Runner>,
                  "a machine runs a runner type that the topology does not list");
    static constexpr std::size_t size = 1;

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        if constexpr (Set::template has<Runner>) {
            constexpr std::size_t runner = Set::template find<Runner>::index;
            static_assert(Slice < Set::counts[runner],
                          "no such slice: slices are counted from 0 to one less than their count");
            visit(runner, Slice);
        }
    }
};

template <class Runner, class Set>
struct item_slices<all_slices<Runner>, Set> {
    static_assert(Set::template has<Runner>,
                  "a machine runs a runner type that the topology does not list");
    static constexpr std::size_t size = [] {
        if constexpr (Set::template has<Runner>) {
            return Set::counts[Set::template find<Runner>::index];
        } else {
            return std::size_t{0};
        }
    }();

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        if constexpr (Set::template has<Runner>) {
            for (std::size_t k = 0; k < size; ++k) visit(Set::template find<Runner>::index, k);
        }
    }
};

template <std::size_t Slice, class Set>
struct item_slices<slice_of_each<Slice>, Set> {
    static constexpr std::size_t size = [] {
        std::size_t slices = 0;
        for (const std::size_t count : Set::counts) slices += Slice < count ? 1 : 0;
        return slices;
    }();
    static_assert(size != 0,
                  "no such slice: slices are counted from 0 to one less than their count");

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        for (std::size_t r = 0; r < Set::size; ++r) {
            if (Slice < Set::counts[r]) visit(r, Slice);
        }
    }
};

template <class Set>
struct item_slices<everything, Set> {
    static constexpr std::size_t size = [] {
        std::size_t slices = 0;
        for (const std::size_t count : Set::counts) slices += count;
        return slices;
    }();

    template <class Visit>
    static constexpr void visit_each(Visit&& visit) {
        for (std::size_t r = 0; r < Set::size; ++r) {
            for (std::size_t k = 0; k < Set::counts[r]; ++k) visit(r, k);
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

    template <class Set>
    static constexpr std::size_t size = (std::size_t{0} + ... + item_slices<Items, Set>::size);

    template <class Set, class Visit>
    static constexpr void visit_each(Visit&& visit) {
        (item_slices<Items, Set>::visit_each(visit), ...);
    }
};

/// All placements of a topology, machine by machine, in the order of their items.
template <class Set, class... Machines>
constexpr auto placements() {
    std::array<placement, (machine_items<Machines>::template size<Set> + ...)> placed{};
    std::size_t at = 0;
    std::size_t machine = 0;
    const auto place = [&](std::size_t runner, std::size_t slice) {
        placed[at++] = {runner, slice, machine};
    };
    ((machine_items<Machines>::template visit_each<Set>(place), ++machine), ...);
    return placed;
}

}  // namespace qslice::detail
