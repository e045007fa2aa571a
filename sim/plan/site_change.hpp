/// @file
/// What another number of slices changes for a queue of a site of one's own, by its own hash policy
/// and partition, and how to get there. slice_change.hpp does the same for the library's
/// partitions.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/plan/change_report.hpp"
#include "sim/plan/slice_change.hpp"
#include "sim/record/built_site.hpp"
#include "sim/text/terminal.hpp"

#include <qslice/core/result.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// Two numbers of slices of one queue compared. All shares are counted, of `counted_digests` random
/// hashes.
struct site_change {
    built_site::runner of;
    std::string hash;  ///< the name of the site's hash policy
    std::uint64_t from = 1;
    std::uint64_t to = 1;
    std::vector<slice_move> moves;  ///< all non-empty ones, by `from` and `to`
    hash_share kept;                ///< the slice has the same number before and after
    hash_share moved;               ///< the rest
};

/// @returns `malformed`, located at --from or --to, for a number that the site's partition cannot
///          have
/// @complexity linear in `counted_digests`
[[nodiscard]] result<site_change> compare_slices(const site_program& program,
                                                 const built_site::runner& of, std::uint64_t from,
                                                 std::uint64_t to, std::uint64_t seed);

/// Stop all, change the topology, start all: each entry keeps exactly one owner.
[[nodiscard]] std::vector<procedure_step> safe_procedure(const site_change& change);

/// The change in words, with both procedures.
[[nodiscard]] std::string change_text(const site_change& change, const text_style& style);

[[nodiscard]] nlohmann::ordered_json change_json(const site_change& change);

}  // namespace qslice::sim
