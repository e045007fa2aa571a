/// @file
/// The options that describe a live site's slices and runners, once for all commands that look at
/// live sites: inspect, restore and run --from.
#pragma once

#include "sim/app/options.hpp"
#include "sim/record/scenario.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// How the help of these commands and of logs describes --partition.
inline constexpr std::string_view partition_kind_help =
    "How the hash space is divided: equal (default), mailman3, weighted:3,2,1, ...";

/// Adds --slices, --partition and --running.
/// @param running  what --running says; not parsed, and empty as long as it is not given
/// @returns the three
std::vector<option> add_site_options(command_options command, diagnosis::slice_plan_options& plan,
                                     std::optional<std::string>& running);

/// Adds --mailman, the version of a live site.
/// @param version  stays empty as long as the option is not given
option add_mailman_option(command_options command,
                          std::optional<diagnosis::mailman_version>& version);

/// Parses runners, or the output of ps.
/// @param name  of the option, for an error
result<std::vector<runner_choice>> read_runners(std::string_view name, std::string_view text);

}  // namespace qslice::sim
