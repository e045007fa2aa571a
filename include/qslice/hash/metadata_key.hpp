/// @file
/// A hash key that keeps together items with the same value of a metadata key: a tenant, an order,
/// an account.
/// Queues of one's own divide their work by it.
#pragma once

#include <qslice/core/fixed_name.hpp>
#include <qslice/hash/affinity_kind.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/hash/hash_key.hpp>

#include <string_view>

namespace qslice {

/// Keeps items with equal values of a key in one slice; items without the key are spread by their
/// content. What is hashed as a whole is the item, the value and the writer's time.
///
/// `basic_hash_policy<metadata_key<"tenant">>` is the policy.
template <fixed_name Key>
struct metadata_key {
    static constexpr std::string_view name = Key;
    static constexpr affinity_kind keeps_together = affinity_kind::other;

    template <class Feed>
    static void feed(const hash_input& in, Feed&& feed) {
        detail::feed_with_time(in.message, in.data.text(Key).value_or(std::string_view()), in.now,
                               feed);
    }

    static std::string_view affinity(const hash_input& in) {
        return in.data.text(Key).value_or(in.message);
    }
};

static_assert(affinity_key<metadata_key<"key">>);

}  // namespace qslice
