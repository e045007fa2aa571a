/// @file
/// What a topology knows of its runner types: a map from type to facts and arrays of values, made
/// once. Part of topology.hpp.
#pragma once

#include <qslice/topology/sliced.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qslice::detail {

/// A runner type's place in a topology, and its line there.
template <std::size_t Index, class Runner, class Sliced>
struct listed_runner {};

template <class Indices, class... Sliced>
struct runner_index;
template <std::size_t... Indices, class... Sliced>
struct runner_index<std::index_sequence<Indices...>, Sliced...>
    : listed_runner<Indices, typename Sliced::runner, Sliced>... {};

template <std::size_t Index, class Sliced>
struct found_runner {
    static constexpr std::size_t index = Index;
    using sliced_type = Sliced;
};

/// The base class whose runner is Runner: compilers find it faster than anything that goes through
/// the types (docs/decisions/topology-compile-time.md).
template <class Runner, std::size_t Index, class Sliced>
found_runner<Index, Sliced> find_runner(const listed_runner<Index, Runner, Sliced>*);

/// The runner types of a topology.
template <class... Sliced>
struct runner_set {
    static constexpr std::size_t size = sizeof...(Sliced);
    static constexpr std::array counts{Sliced::slice_count...};
    static constexpr std::array class_names{std::string_view(Sliced::runner::class_name)...};
    static constexpr std::array queues{std::string_view(Sliced::runner::queue)...};

    using index = runner_index<std::index_sequence_for<Sliced...>, Sliced...>;

    /// A runner type's index and line; there is none for one that is not listed, or listed twice.
    template <class Runner>
    using find = decltype(find_runner<Runner>(static_cast<const index*>(nullptr)));

    template <class Runner>
    static constexpr bool has = requires {
        typename find<Runner>;
    };
};

}  // namespace qslice::detail
