/// @file
/// What happened to every post, entry and process as files for analysis: each table as CSV and as
/// JSON lines. docs/output.md describes the columns.
#pragma once

#include "sim/record/run_record.hpp"

#include <qslice/core/result.hpp>

#include <string>

namespace qslice::sim {

/// Writes posts, entries, deliveries, archivings, processes and faults, each as NAME.csv and
/// NAME.jsonl with the same columns.
/// @param directory  created if missing; existing files with these names are replaced
/// @returns the first failure to write, with the file
result<void> write_records(const std::string& directory, const run_record& run);

}  // namespace qslice::sim
