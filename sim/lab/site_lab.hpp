/// @file
/// The lab of a site of one's own: its hash policy and partition beside the library's, on the same
/// items. Only balance and movement: order needs a simulation, and a site plays its own types.
#pragma once

#include "sim/lab/key_measures.hpp"
#include "sim/lab/measure_policies.hpp"
#include "sim/record/message_stream.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// A site's own policy, applied to the items of a stream.
struct own_policy {
    std::string hash;                ///< its name
    bool keeps_together = false;     ///< items with equal leading bits of their hashes
    std::vector<hash_value> hashes;  ///< of all items of the stream

    struct queue {
        std::string name;
        std::uint64_t slices = 1;
        /// Empty if the site's partition cannot have that number of slices.
        std::function<std::optional<lab_division>(std::uint64_t slices)> divide;
    };
    std::vector<queue> queues;
};

/// What to compare it with.
struct site_lab_choice {
    /// Numbers of slices; empty: those of the queues, but for 1.
    std::vector<std::uint64_t> slices;
    /// Policies as for make_lab_policy, and "own+PARTITION" for the site's own hash with a
    /// partition of the library; empty: a list.
    std::vector<std::string> policies;
    std::uint64_t seed = 1;
};

/// A row for each number of slices and policy; the site's own come first, one for each queue with
/// that number.
/// @returns `malformed` for an unknown policy, located at it
[[nodiscard]] result<lab_results> compare_with_library(const site_lab_choice& choice,
                                                       const own_policy& own,
                                                       const message_stream& stream);

/// Tables, advice and the meaning of the columns.
[[nodiscard]] std::string site_lab_text(const lab_results& results, const own_policy& own,
                                        const std::string& source);

}  // namespace qslice::sim
