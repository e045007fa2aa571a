/// @file
/// What every report says of its scenario: where the posts come from and how fast they are played,
/// the policy and the partition. Text, JSON and page take it from here.
#pragma once

#include "sim/record/scenario.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace qslice::sim {

/// "a synthetic stream", "the trace posts.csv, sped up by a factor of 4".
[[nodiscard]] std::string source_text(const stream_choice& stream);

/// The member `scenario` of a report: name, summary, seed, source, policy and the whole as TOML.
[[nodiscard]] nlohmann::ordered_json scenario_json(const scenario& s);

/// From that member: "a synthetic stream; policy mailman21, partition equal". Empty for a report
/// that was written without these members.
[[nodiscard]] std::string facts_text(const nlohmann::ordered_json& scenario);

}  // namespace qslice::sim
