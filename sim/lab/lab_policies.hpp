/// @file
/// The policies that the lab compares: hash, partition and stamps. measure_policies.hpp measures
/// all of them on the same stream.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// A way to run a site's queues: the spool's policy, and the intake of posts.
struct lab_policy {
    std::string name;
    policy_choice spool;
    intake_choice intake;

    /// Whether it can divide queues into this number of slices.
    [[nodiscard]] bool divides_into(std::uint64_t slices) const;

    /// @pre divides_into(slices)
    [[nodiscard]] any_partition division(std::uint64_t slices) const;
};

/// Mailman 2.1's and 3's policies and `mailman21_second` (Mailman 2.1's with a clock of whole
/// seconds) unchanged; the affinities with everything that keeps order (strict order, increasing
/// stamps, one server for what belongs together); and some of them with other partitions.
[[nodiscard]] std::vector<lab_policy> standard_lab_policies();

/// HASH, such as "mailman21", or HASH+PARTITION, such as "list_affinity+rendezvous"; an affinity
/// gets everything that keeps order. With "bounded" as partition measure_policies fills in the
/// keys' loads.
/// @returns `malformed` for an unknown hash policy or partition
[[nodiscard]] result<lab_policy> make_lab_policy(const std::string& text);

}  // namespace qslice::sim
