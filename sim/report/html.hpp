/// @file
/// A run's or a sweep's JSON, two runs' or a lab's, as an HTML page: one file that works offline
/// and draws everything from its embedded JSON, so that its numbers are those of the JSON.
#pragma once

#include <qslice/core/result.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// The page of one run or of one sweep. It loads nothing and permits only its own scripts, by their
/// hashes; strings of the JSON are only shown as text.
/// @param report  the result of run_json() or sweep_json()
/// @param where   the name of the JSON in errors, such as a file
/// @returns `malformed` if it is neither, with the first member that is missing or has the wrong
///          type
[[nodiscard]] result<std::string> report_page(const nlohmann::ordered_json& report,
                                              std::string_view where);

/// A run's JSON with its name: in errors, and on the page.
struct named_report {
    const nlohmann::ordered_json& report;
    std::string name;
};

/// The page of two runs side by side.
/// @returns `malformed` as report_page(), and for a sweep
[[nodiscard]] result<std::string> comparison_page(const named_report& first,
                                                  const named_report& second);

/// The page of policies side by side.
/// @param report  the result of lab_json()
[[nodiscard]] std::string lab_page(const nlohmann::ordered_json& report);

}  // namespace qslice::sim
