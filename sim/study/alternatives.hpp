/// @file
/// The scenarios that a sweep compares: one scenario with some of its values changed.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A key that a sweep varies, and its values.
struct dimension {
    std::string key;
    std::vector<std::string> values;
};

/// Reads "policy.hash=mailman21,list_affinity".
/// @returns `malformed`, stating what was expected
[[nodiscard]] result<dimension> parse_dimension(std::string_view text);

/// The scenario with one value changed.
///
/// `key` is a dotted key of the scenario file: "policy.hash", "storage.kind",
/// "stream.posts_per_hour", "lists.members". Besides:
/// - "slices": every runner has this many slices, assigned to the machines in turn;
/// - "machines": this many machines like the first one, and as many slices of each runner, one per
///   machine;
/// - "load": arrivals are sped up by this factor.
/// @returns `malformed` for an unknown key or an invalid value
[[nodiscard]] result<scenario> with_value(const scenario& base, std::string_view key,
                                          const std::string& value);

/// One of the scenarios to compare.
struct alternative {
    std::vector<std::string> values;  ///< one per dimension
    scenario setting;
};

/// Every combination of the dimensions' values, the last dimension changing first.
[[nodiscard]] result<std::vector<alternative>> all_alternatives(
    const scenario& base, const std::vector<dimension>& dimensions);

}  // namespace qslice::sim
