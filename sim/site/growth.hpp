/// @file
/// How the slices of a live site grow between two looks: the one that keeps growing while the
/// others do not is the one whose runner stands still. `inspect --watch` and `--since` compare
/// looks.
#pragma once

#include "sim/site/inspection.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// The numbers of waiting entries at an earlier time, by queue and slice.
struct earlier_look {
    double now_s = 0;
    std::map<std::string, std::vector<std::uint64_t>> waiting;
};

earlier_look look_of(const inspection& seen);

/// Reads what `inspect --json` wrote.
/// @returns `malformed` for anything else
result<earlier_look> parse_look(std::string_view json);

/// Adds the growth of each slice to an inspection, and the findings that follow from it. A queue
/// with another number of slices than before is left out.
/// @returns `malformed` if the earlier look is not earlier
result<void> compare(inspection& seen, const earlier_look& before);

}  // namespace qslice::sim::diagnosis
