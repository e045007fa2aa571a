/// @file
/// An order that is chosen at run time, one of those that a scenario can name.
/// For tools that would otherwise be compiled once per order; a deployment names its order's type
/// instead.
#pragma once

#include <qslice/core/detail/type_list.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/fair_order.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/snapshot.hpp>

#include <concepts>
#include <string_view>
#include <variant>

namespace qslice {

namespace detail {

/// Those that a scenario can name.
using named_orders = type_list<mailman_order, strict_order, fair_by_key_order<>>;

}  // namespace detail

/// One of the library's orders. Mailman's by default.
/// @safety a plain value
class any_order {
public:
    any_order() : any_order(mailman_order{}) {}

    /// @param chosen  of detail::named_orders
    template <class O>
    requires(!std::same_as<O, any_order>) && entry_order<O> explicit any_order(O chosen)
        : name(O::name),
    chosen_(chosen) {
        if constexpr (requires { O::is_strict; }) is_strict = O::is_strict;
        if constexpr (requires { O::is_strict_by_key; }) is_strict_by_key = O::is_strict_by_key;
        if constexpr (requires { O::bump_s; }) bump_s = O::bump_s;
    }

    std::string_view name;
    bool is_strict = false;
    bool is_strict_by_key = false;
    double bump_s = 0;

    void operator()(snapshot& taken) const {
        std::visit([&](const auto& order) { order(taken); }, chosen_);
    }

    void limit(snapshot& ordered) const {
        std::visit(
            [&](const auto& order) {
                if constexpr (requires { order.limit(ordered); }) order.limit(ordered);
            },
            chosen_);
    }

private:
    detail::variant_of<detail::named_orders> chosen_;
};

static_assert(entry_order<any_order>);

}  // namespace qslice
