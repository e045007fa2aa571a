/// @file
/// The scenario and its stream of posts as the command line chooses them: a file or a built-in
/// one, its posts replaced by a trace's or an mbox file's.
#pragma once

#include "sim/app/command.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace qslice::sim {

/// The options of a subcommand that plays a scenario.
struct scenario_choices {
    std::string scenario;  ///< a file or a built-in name; empty: the mission's
    std::string trace;
    std::string mbox;
    std::optional<std::uint64_t> posts;
    std::optional<double> speedup;
};

/// What is to be played.
struct chosen_scenario {
    scenario setting;
    message_stream stream;
    std::string remark;  ///< how fast a trace is played; empty where nothing is to be said
};

/// Adds SCENARIO, --trace, --mbox, --posts and --speedup.
void add_scenario_options(command_options command, scenario_choices& choices);

/// The scenario of a file or of a built-in name.
/// @returns an error with the file's line, or with the nearest built-in name
[[nodiscard]] result<scenario> find_scenario(const std::string& file_or_name);

/// Reads the scenario and makes its stream.
///
/// Without a scenario, the posts of a trace or mbox file are compressed in time so that as many
/// come in an hour, on average, as the mission's scenario has (posts_per_hour), unless a speed
/// is given.
/// @param seed  instead of the scenario's
[[nodiscard]] result<chosen_scenario> choose_scenario(const scenario_choices& choices,
                                                      std::optional<std::uint64_t> seed);

}  // namespace qslice::sim
