/// @file
/// The library's runner types, as one list for topologies, tools and simulations.
/// A site with its own runners makes its own list in the same way.
#pragma once

#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/outgoing_runner.hpp>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

namespace qslice {

/// Mailman's runners, a Hana tuple of types.
inline constexpr auto standard_runners =
    boost::hana::tuple_t<incoming_runner, archive_runner, outgoing_runner, virgin_runner,
                         retry_runner, bounce_runner>;

}  // namespace qslice
