/// @file
/// Stamps that are chosen at run time, one kind of those that a scenario can name.
/// For tools that would otherwise be compiled once per kind; a deployment names its stamps' type
/// instead.
#pragma once

#include <qslice/core/detail/type_list.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/spool/entry_stamp.hpp>

#include <concepts>
#include <string_view>
#include <variant>

namespace qslice {

/// One of the library's kinds of stamps. The clock's by default, as in Mailman.
/// @safety a plain value that belongs to one writer
class any_stamps {
public:
    any_stamps() : any_stamps(clock_stamps{}) {}

    /// @param chosen  of detail::named_stamps
    template <class S>
    requires(!std::same_as<S, any_stamps>) && stamp_policy<S> explicit any_stamps(S chosen)
        : name(S::name),
    keeps_order(S::keeps_order), chosen_(chosen) {}

    std::string_view name;
    bool keeps_order;

    [[nodiscard]] timestamp next(timestamp now) {
        return std::visit([&](auto& stamps) { return stamps.next(now); }, chosen_);
    }

private:
    detail::variant_of<detail::named_stamps> chosen_;
};

static_assert(stamp_policy<any_stamps>);

}  // namespace qslice
