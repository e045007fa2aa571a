/// @file
/// How a runner of a site's own takes the time that a scenario states for its work. A site program
/// plays runners through it.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/runner_on.hpp>

#include <type_traits>

namespace qslice::sim {

/// A runner of a site's own that takes the scenario's time for each item before it does its work.
/// Mail's runners take theirs in the services that they call.
template <class Runner>
struct working_runner : Runner {
    template <class Site, class Item>
    result<disposition> dispose(Site& s, Item& item) {
        s.services().work_on_item();
        return Runner::dispose(s, item);
    }
};

/// A final class takes no further time; see built_site::runner::takes_work.
template <class Runner>
struct working_runner_of {
    using type = working_runner<Runner>;
};
template <class Runner>
requires std::is_final_v<Runner>
struct working_runner_of<Runner> {
    using type = Runner;
};

}  // namespace qslice::sim
