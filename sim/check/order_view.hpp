/// @file
/// Where order is looked at: at which stage of a site, and within which scope. fifo.hpp fills in
/// the results, guarantees and measures choose among them.
#pragma once

#include "sim/record/closed_set.hpp"

#include <qslice/hash/affinity_kind.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace qslice::sim {

/// What posts or entries pass.
struct order_stage {
    enum class kind { delivery, archiving, effect, queue };
    kind what = kind::queue;
    std::uint32_t number = 0;  ///< of an effect or a queue: index in the run record
};

/// The items whose order among one another counts.
enum class order_scope : std::uint8_t { global, list, sender, thread, queue, slice };

struct scope_row {
    std::string_view name;  ///< in measures and JSON
    order_scope value{};
    affinity_kind kept_by = affinity_kind::none;  ///< the policy that keeps such items together
};

inline constexpr std::array<scope_row, 6> scope_table{{
    {"global", order_scope::global},
    {"list", order_scope::list, affinity_kind::list},
    {"sender", order_scope::sender, affinity_kind::sender},
    {"thread", order_scope::thread, affinity_kind::thread},
    {"queue", order_scope::queue},
    {"slice", order_scope::slice},
}};
static_assert(is_whole<scope_table>);

constexpr std::string_view to_string(order_scope scope) noexcept {
    return name_in(scope_table, scope);
}

/// The scopes of deliveries and other effects of posts.
inline constexpr std::array post_scopes{order_scope::global, order_scope::list, order_scope::sender,
                                        order_scope::thread};

/// Those of a queue's entries.
inline constexpr std::array queue_scopes{order_scope::queue, order_scope::slice, order_scope::list,
                                         order_scope::sender, order_scope::thread};

/// A post's ranks at acceptance and delivery, for a chart of overtaking.
struct order_point {
    std::uint32_t post = 0;
    std::uint64_t rank_in = 0;   ///< of acceptance
    std::uint64_t rank_out = 0;  ///< of delivery
    bool overtaken = false;
};

}  // namespace qslice::sim
