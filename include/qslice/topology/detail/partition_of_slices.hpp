/// @file
/// The partition of a spool made for the slices of one runner type, checked at compile time.
/// Part of topology.hpp.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace qslice::detail {

template <class Partition>
concept made_of_weights = requires(std::span<const std::uint32_t> weights) {
    { Partition::make(weights) } -> std::same_as<result<Partition>>;
};

template <class Partition>
concept made_of_count = requires(std::uint64_t count) {
    { Partition::make(count) } -> std::same_as<result<Partition>>;
};

/// The partition with that many slices, whose own static_asserts check the number; a partition that
/// learns its number only at run time has none.
template <class Partition, std::size_t Count>
struct partition_of_count {
    using type = Partition;
};
template <template <std::size_t> class Partition, std::size_t Count>
struct partition_of_count<Partition<dynamic_slices>, Count> {
    using type = Partition<Count>;
};

/// Whether the spool's partition can divide a queue this way; a compile error otherwise.
template <partition Partition, std::size_t Count, bool Equal>
constexpr bool check_partition = [] {
    if constexpr (made_of_weights<Partition>) {
        return true;
    } else if constexpr (made_of_count<Partition>) {
        static_assert(Equal, "the spool's partition does not take weights");
        return sizeof(typename partition_of_count<Partition, Count>::type) != 0;
    } else {
        static_assert(
            Partition{}.slice_count() == Count,
            "the spool's partition has a different number of slices than the runner type; "
            "one whose number is known at run time, such as equal_ranges<>, serves all");
        return true;
    }
}();

template <partition Partition>
result<Partition> make_partition_for(std::span<const std::uint32_t> weights) {
    if constexpr (made_of_weights<Partition>) {
        return Partition::make(weights);
    } else if constexpr (made_of_count<Partition>) {
        return Partition::make(weights.size());
    } else {
        return Partition{};
    }
}

}  // namespace qslice::detail
