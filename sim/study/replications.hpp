/// @file
/// Independent replications until the measures are as precise as wanted.
/// Sweeps and tests of theory run on it; the work itself is a function of the replication's number.
#pragma once

#include "sim/engine/work_group.hpp"
#include "sim/study/estimate.hpp"

#include <qslice/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace qslice::sim {

/// When to stop.
struct replication_plan {
    std::uint64_t least = 10;  ///< replications
    std::uint64_t most = 100;
    double precision = 0;  ///< wanted half width relative to the mean; 0: `least` are enough
    double confidence = 0.95;
    std::size_t precise_measures = 1;  ///< the first so many have to be precise
};

/// The measures of one replication.
using replication = std::function<result<std::vector<double>>(std::uint64_t number)>;

/// The values of each replication, in the order of their numbers.
struct replications {
    std::vector<std::vector<double>> values;  ///< by replication, then by measure
    bool precise = false;                     ///< every measure is as precise as wanted

    /// One measure of all replications.
    [[nodiscard]] std::vector<double> of(std::size_t measure) const;
};

/// Runs replications 0, 1, ... in batches until each measure's interval is narrow enough.
///
/// How many are run depends on the values alone, not on the number of threads. A measure that is
/// 0 in every replication is precise. Looking at the precision again and again makes the interval
/// hold the true mean a little less often than it says (Law, "Simulation Modeling and Analysis").
/// @returns the replications; the error of the one of the lowest number that failed
[[nodiscard]] result<replications> replicate(const replication& work, std::size_t measures,
                                             const replication_plan& plan, unsigned jobs,
                                             work_group& group = alone());

}  // namespace qslice::sim
