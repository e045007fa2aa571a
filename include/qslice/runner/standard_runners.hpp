/// @file
/// The library's runner types for sites of either Mailman, as lists for topologies, tools and
/// simulations. A site with its own runners makes its own list in the same way.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/mailman3_runners.hpp>
#include <qslice/runner/outgoing_runner.hpp>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <concepts>

namespace qslice {

/// Mailman 2.1's runners, a Hana tuple of types.
inline constexpr auto standard_runners =
    boost::hana::tuple_t<incoming_runner, archive_runner, outgoing_runner, virgin_runner,
                         retry_runner, bounce_runner>;

/// Mailman 3's. Its runners of bounces/, command/ and nntp/ are its own.
inline constexpr auto mailman3_runners =
    boost::hana::tuple_t<mailman3_incoming_runner, mailman3_pipeline_runner,
                         mailman3_archive_runner, mailman3_outgoing_runner, virgin_runner,
                         retry_runner, mailman3_digest_runner>;

/// Those of the Mailman whose metadata a format has.
template <entry_format Format>
constexpr auto runners_of_format() {
    if constexpr (std::derived_from<Format, mailman3_keys>) {
        return mailman3_runners;
    } else {
        return standard_runners;
    }
}

}  // namespace qslice
