/// @file
/// A runner type with the slices that its queue is divided into: one line of a topology.
/// A topology has a list of them; machines run their slices.
#pragma once

#include <qslice/partition/slices.hpp>
#include <qslice/runner/runner_type.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace qslice {

namespace detail {

/// The weights of equal slices: one array for all runner types with that many.
template <std::size_t Count>
inline constexpr std::array<std::uint32_t, Count> equal_weights = [] {
    std::array<std::uint32_t, Count> ones{};
    ones.fill(1);
    return ones;
}();

}  // namespace detail

/// A runner type whose queue is divided into Count slices of equal weight.
template <class Runner, std::size_t Count>
struct sliced {
    static_assert(runner_type<Runner>,
                  "not a runner type: it needs the static members queue, class_name and flows_to");
    static_assert(Count != 0, "a queue needs at least one slice: the slice count is 0");
    static_assert(Count <= most_tabled_slices, "a queue of a topology has at most 65536 slices");

    using runner = Runner;
    static constexpr std::size_t slice_count = Count;
    static constexpr bool has_equal_weights = true;
    static constexpr const auto& weights = detail::equal_weights<Count>;
};

/// A runner type whose slices have different weights, for unequal machines. The spool's partition
/// must support weights: weighted_ranges<>, rendezvous<>, hash_ring or any_partition.
template <class Runner, std::uint32_t... Weights>
struct weighted {
    static_assert(runner_type<Runner>,
                  "not a runner type: it needs the static members queue, class_name and flows_to");
    static_assert(sizeof...(Weights) != 0,
                  "a queue needs at least one slice: the slice count is 0");
    static_assert(((Weights != 0) && ...), "a slice's weight is at least 1");

    using runner = Runner;
    static constexpr std::size_t slice_count = sizeof...(Weights);
    static constexpr std::array<std::uint32_t, slice_count> weights{Weights...};
    static constexpr bool has_equal_weights = ((Weights == 1) && ...);
};

/// The runner types of a topology, each with its slices.
template <class... Sliced>
struct runners {};

}  // namespace qslice
