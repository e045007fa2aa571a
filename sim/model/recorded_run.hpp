/// @file
/// Reads what the processes of a real site recorded by recording_world, and makes of it the record
/// that the checks read, as if the run had been simulated. `check` is its command.
#pragma once

#include "sim/record/run_record.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>

namespace qslice::sim {

/// The run that all files *.calls in a directory tell of.
///
/// Posts are the entries that processes which are no runners wrote into the entry queue; they are
/// recognized in other queues by their Message-ID and list. Digests are not followed to the posts
/// in them. A process whose file does not end as it should was killed, if another of its name
/// followed, and otherwise still runs. Times are those of the machines' clocks, which must agree
/// for what happens on different machines to be put in the right order.
/// @param setting  the site: its machines, policy and lists; its stream is not used
/// @returns `malformed` with "FILE:LINE" for a line that is no record's, for a process that the
///          scenario does not have, or if some calls are missing from a record; `not_found` for a
///          directory without records
result<run_record> read_recorded_run(const scenario& setting, const std::string& directory);

}  // namespace qslice::sim
