/// @file
/// The random positions of slices: the salts of their virtual nodes. Rendezvous and the hash ring
/// use them.
#pragma once

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/slices.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace qslice::detail {

/// The random number of a slice's `copy`-th virtual node, whatever the number of slices.
constexpr std::uint64_t node_salt(slice_index slice, std::uint64_t copy) noexcept {
    return mix64(mix64(0x9e3779b97f4a7c15u + slice) + copy);
}

/// The sum of weights that are numbers of virtual nodes: some may be 0, but not all.
/// @returns `malformed` if the number of weights or their sum is out of range
inline result<std::uint64_t> count_nodes(std::span<const std::uint32_t> weights,
                                         std::uint64_t most) {
    if (const auto count = slices<>::make(weights.size(), most_tabled_slices); !count) {
        return failure(count.error());
    }
    std::uint64_t sum = 0;
    for (const std::uint32_t weight : weights) sum += weight;
    if (sum == 0 || sum > most) {
        return failure(error_code::malformed, "weights",
                       "expected weights with a sum of 1 to " + std::to_string(most) +
                           ", found a sum of " + std::to_string(sum));
    }
    return sum;
}

}  // namespace qslice::detail
