/// @file
/// The sites of Mailman 2.1 and Mailman 3 as topologies that lack only their machines.
/// A site with other runners or slices writes its own topology of the same parts.
#pragma once

#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

#include <cstddef>

namespace qslice {

/// A site of Mailman 2.1: in/, archive/, out/ and virgin/ in that many slices; retry/ and bounces/
/// whole.
/// @tparam Machines  machines<machine_runs<NAME, ITEMS...>...>
template <std::size_t Slices, class Machines>
using mailman21_site =
    topology<mailman21_spool,
             runners<sliced<incoming_runner, Slices>, sliced<archive_runner, Slices>,
                     sliced<outgoing_runner, Slices>, sliced<virgin_runner, Slices>,
                     sliced<retry_runner, 1>, sliced<bounce_runner, 1>>,
             Machines>;

/// A site of Mailman 3: in/, pipeline/, archive/, out/ and virgin/ in that many slices, a power of
/// two; retry/ and digest/ whole. Its queues bounces/, command/ and nntp/ are for Mailman's own
/// runners.
/// @tparam Machines  machines<machine_runs<NAME, ITEMS...>...>
template <std::size_t Slices, class Machines>
using mailman3_site = topology<
    mailman3_spool,
    runners<sliced<mailman3_incoming_runner, Slices>, sliced<mailman3_pipeline_runner, Slices>,
            sliced<mailman3_archive_runner, Slices>, sliced<mailman3_outgoing_runner, Slices>,
            sliced<virgin_runner, Slices>, sliced<retry_runner, 1>,
            sliced<mailman3_digest_runner, 1>>,
    Machines, ends_at<"bounces", "command", "nntp">>;

}  // namespace qslice
