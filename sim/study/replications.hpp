/// @file
/// Runs independent replications until the measures are precise enough. Sweeps and tests of theory
/// use it; the work is a function of the replication's number.
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
    double precision =
        0;  ///< required half width relative to the mean; 0: `least` replications are enough
    double confidence = 0.95;
    std::size_t precise_measures = 1;  ///< number of measures, from the first, that must be precise
};

/// The measures of one replication.
using replication = std::function<result<std::vector<double>>(std::uint64_t number)>;

/// The values of all replications, by number.
struct replications {
    std::vector<std::vector<double>> values;  ///< by replication, then by measure
    bool precise = false;                     ///< every measure is precise enough

    /// One measure in all replications.
    [[nodiscard]] std::vector<double> of(std::size_t measure) const;
};

/// Runs replications 0, 1, ... in batches until each measure's interval is narrow enough.
///
/// Their number depends only on the values, not on the number of threads. A measure that is 0 in
/// every replication is precise. Repeated checks of the precision reduce the interval's coverage
/// (Law, "Simulation Modeling and Analysis"): of a 95% interval to 93.5%, with normal values of
/// deviation 0.3 and the precision 0.1.
/// @returns the replications; if any failed, the error of the one with the lowest number
[[nodiscard]] result<replications> replicate(const replication& work, std::size_t measures,
                                             const replication_plan& plan, unsigned jobs,
                                             work_group& group = alone());

}  // namespace qslice::sim
