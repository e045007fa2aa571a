/// @file
/// What a runner type does with one item, and what it needs for it.
/// The loop of runners and topologies require it.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/runner_type.hpp>

#include <concepts>
#include <string_view>

namespace qslice {

/// How long a runner sleeps if it found nothing to do, in seconds.
template <class Runner>
constexpr double idle_sleep_s() {
    if constexpr (requires { Runner::sleep_s; }) return Runner::sleep_s;
    return mailman_times::idle_sleep_s;
}

/// The metadata key of a shunted item's queue; mail has Mailman's instead.
inline constexpr std::string_view shunted_from_key = "shunted_from";

/// What a runner did with a message.
enum class disposition {
    done,         ///< the entry is finished
    keep_queued,  ///< put it back into the queue: it gets a new entry, or keeps the one it has
};

/// A runner type that can work on a site: `dispose(site, message)` does the work on one
/// message. An error or an exception shunts the message.
template <class R, class Site>
concept runner_on = runner_type<R> &&
    requires(R& runner, Site& s, typename Site::item_type& message) {
    { runner.dispose(s, message) } -> std::same_as<result<disposition>>;
};

namespace detail {

template <class Runner, class Services>
constexpr bool services_fit() {
    if constexpr (requires { Runner::template works_with<Services>; }) {
        return Runner::template works_with<Services>;
    } else {
        return true;
    }
}

}  // namespace detail

}  // namespace qslice
