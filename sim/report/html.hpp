/// @file
/// A run's or a sweep's JSON as an HTML page: one file that works offline and draws everything from
/// the JSON that it holds, so that its numbers are the JSON's.
#pragma once

#include <qslice/core/result.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// The page of one run or of one sweep. It asks for nothing from outside and lets no script run but
/// its own, whose hashes it names; texts of the JSON are only ever shown as text.
/// @param report  what run_json() or sweep_json() gives
/// @param where   names the JSON in errors: a file
/// @returns `malformed` where it is neither, with the first member that is missing or of another
///          kind
[[nodiscard]] result<std::string> report_page(const nlohmann::ordered_json& report,
                                              std::string_view where);

}  // namespace qslice::sim
