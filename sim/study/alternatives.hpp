/// @file
/// The scenarios that a sweep compares: one scenario with some of its values changed.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// What a sweep changes, and to which values.
struct dimension {
    std::string key;
    std::vector<std::string> values;
};

/// Reads "policy.hash=mailman21,list_affinity".
/// @returns `malformed`, saying what was expected
[[nodiscard]] result<dimension> parse_dimension(std::string_view text);

/// The scenario with one value changed.
///
/// `key` is a key of the scenario file, with dots: "policy.hash", "storage.kind",
/// "stream.posts_per_hour", "lists.members". Besides:
/// - "slices": every runner is divided in so many slices, which go to the machines in turn;
/// - "machines": so many machines like the first one, and so many slices of each runner, a slice
///   to a machine;
/// - "load": posts follow one another so many times as fast.
/// @returns `malformed` for a key or a value that there is not
[[nodiscard]] result<scenario> with_value(const scenario& base, std::string_view key,
                                          const std::string& value);

/// One of the scenarios to compare.
struct alternative {
    std::vector<std::string> values;  ///< of each dimension
    scenario setting;
};

/// Every combination of the dimensions' values, the last dimension changing first.
[[nodiscard]] result<std::vector<alternative>> all_alternatives(
    const scenario& base, const std::vector<dimension>& dimensions);

}  // namespace qslice::sim
