/// @file
/// What a program is built for, as a deployment file states it: from a spool's traits and the
/// slices of a queue. Runners compare it with the file.
#pragma once

#include <qslice/ownership/deployment.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

/// "of its own" for one that has no name.
template <class P>
constexpr std::string_view partition_name() noexcept {
    if constexpr (requires {
                      { P::name } -> std::convertible_to<std::string_view>;
                  }) {
        return P::name;
    } else {
        return "of its own";
    }
}

inline std::string with_weights(std::string_view name, std::span<const std::uint32_t> weights) {
    std::string text(name);
    if (std::all_of(weights.begin(), weights.end(), [](std::uint32_t w) { return w == 1; })) {
        return text;
    }
    char before = ':';
    for (const std::uint32_t w : weights) {
        text += before + std::to_string(w);
        before = ',';
    }
    return text;
}

}  // namespace detail

/// The terms of a queue of a spool.
/// @param weights  one per slice
/// @param order    the order's name, if it is chosen at run time
template <class Traits>
queue_terms terms_of(std::string_view queue, std::span<const std::uint32_t> weights,
                     const typename Traits::hash_policy_type& policy,
                     std::string_view order = Traits::order::name) {
    using partition_type = typename Traits::partition_type;
    return {std::string(queue), weights.size(),
            detail::with_weights(detail::partition_name<partition_type>(), weights), policy.name(),
            std::string(order)};
}

}  // namespace qslice
