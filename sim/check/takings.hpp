/// @file
/// Who had an entry in hand, from when to when. The paths of single posts show it, and branches.hpp
/// finds out by it of which entry another one was made.
#pragma once

#include "sim/record/run_record.hpp"

#include <cstdint>
#include <vector>

namespace qslice::sim {

/// An entry in the hand of a process.
struct taking {
    std::uint32_t by = none;  ///< process
    virtual_time from{};
    virtual_time to = never;  ///< finished, taken by another one, or the process crashed
    bool crashed = false;     ///< the process did, with the entry in hand
};

/// All takings of an entry, by time.
/// @complexity logarithmic in the retakings of the run, linear in those of the entry
[[nodiscard]] std::vector<taking> takings_of(const run_record& run, std::uint32_t entry);

}  // namespace qslice::sim
