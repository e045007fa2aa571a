/// @file
/// The terms of a queue whose partition is chosen at run time.
/// For tools; spool_terms.hpp has those of a deployment as a type.
#pragma once

#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/spool_terms.hpp>
#include <qslice/partition/any_partition.hpp>

#include <string>
#include <string_view>

namespace qslice {

/// The same as of a type with this partition.
template <class HashPolicy>
queue_terms terms_of(std::string_view queue, const any_partition& ranges, const HashPolicy& policy,
                     std::string_view order) {
    const auto weights = ranges.weights();
    return {std::string(queue), ranges.slice_count(),
            weights ? detail::with_weights(ranges.kind(), *weights) : ranges.text(), policy.name(),
            std::string(order)};
}

}  // namespace qslice
