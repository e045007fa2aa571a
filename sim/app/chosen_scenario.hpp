/// @file
/// The scenario and its stream of posts chosen on the command line: a file or a built-in scenario,
/// with its own posts or those of a trace or an mbox file.
#pragma once

#include "sim/app/command.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The options of a subcommand that plays a scenario.
struct scenario_choices {
    std::string scenario;  ///< a file or a built-in name; empty: default_scenario
    std::string trace;
    std::string mbox;
    std::optional<std::uint64_t> posts;
    std::optional<double> speedup;
};

/// What to play.
struct chosen_scenario {
    scenario setting;
    message_stream stream;
    std::string remark;  ///< how much a trace is sped up; empty if there is nothing to report
};

/// The names of the option for the number of items.
[[nodiscard]] std::string count_names();

/// Help for the argument SCENARIO of a command that starts from one.
[[nodiscard]] std::string scenario_to_start_from();

/// Adds SCENARIO, --trace, --posts and --speedup, and --mbox where items are mail.
void add_scenario_options(command_options command, scenario_choices& choices);

/// The options that choose the same scenario and stream again, as words of a command line.
/// @param seed  given by --seed
[[nodiscard]] std::vector<std::string> words_of(const scenario_choices& choices,
                                                std::optional<std::uint64_t> seed);

/// "qslice-sim run site.toml --posts 100", for a shell.
[[nodiscard]] std::string command_text(std::string_view subcommand,
                                       const std::vector<std::string>& words);

/// Reads a scenario from a file or by a built-in name.
/// @returns an error with the file's line, or with the nearest built-in name
[[nodiscard]] result<scenario> find_scenario(const std::string& file_or_name);

/// Sets the number of posts, as by --posts.
/// @returns an error if the scenario itself lists its posts or their times
[[nodiscard]] result<void> set_posts(scenario& s, std::uint64_t posts);

/// Reads the scenario and makes its stream.
///
/// Without a scenario, the posts of a trace or mbox file are sped up to the default scenario's mean
/// rate (posts_per_hour), unless a speedup is given.
/// @param seed  replaces the scenario's seed
[[nodiscard]] result<chosen_scenario> choose_scenario(const scenario_choices& choices,
                                                      std::optional<std::uint64_t> seed);

}  // namespace qslice::sim
