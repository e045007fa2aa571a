/// @file
/// A run's JSON as an HTML page: one file that works offline and draws everything from the JSON
/// that it holds, so that its numbers are the JSON's.
#pragma once

#include <qslice/core/result.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// The page of one run. It asks for nothing from outside and lets no script run but its own, whose
/// hashes it names; texts of the run are only ever shown as text.
/// @param run    what run_json() gives
/// @param where  names the JSON in errors: a file
/// @returns `malformed` where it is not the JSON of a run, with the first member that is missing
///          or of another kind
[[nodiscard]] result<std::string> run_page(const nlohmann::ordered_json& run,
                                           std::string_view where);

}  // namespace qslice::sim
