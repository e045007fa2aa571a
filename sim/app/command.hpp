/// @file
/// How a subcommand of qslice-sim registers, and what it is given when it runs.
/// The file command_NAME.cpp defines add_NAME_command; the build finds it by its name.
#pragma once

#include "sim/app/options.hpp"
#include "sim/text/output.hpp"
#include "sim/text/terminal.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace qslice::sim {

/// The program's exit statuses, the same for every subcommand.
enum class exit_status : int {
    good = 0,       ///< the work is done, and what was required holds
    broken = 1,     ///< the work is done, and something that was required does not hold
    bad_input = 2,  ///< the options or the input are wrong, or input or output failed
};

/// The options that mean the same in every subcommand that has them.
struct common_options {
    bool json = false;
    bool quiet = false;
    std::optional<std::uint64_t> seed;
    std::uint64_t jobs = 0;  ///< threads; 0: one for each processor
    colour_choice colour = colour_choice::on_terminal;

    /// `jobs`, or the number of processors.
    [[nodiscard]] unsigned worker_count() const;

    /// Whether a progress bar may be drawn (it still needs a terminal).
    [[nodiscard]] bool shows_progress() const { return !json && !quiet; }
};

/// What a running subcommand works with.
struct session {
    const common_options& options;
    output& out;       ///< standard output
    text_style style;  ///< for it
};

/// What a subcommand does. An error becomes 'qslice-sim: WHERE: WHAT' and the status bad_input;
/// WHERE is FILE:LINE:COLUMN, FILE or an option.
using command_action = std::function<result<exit_status>(session&)>;

/// What has been chosen on the command line.
struct command_line {
    common_options options;
    command_action chosen;          ///< of the subcommand that was named
    command_action default_action;  ///< without a subcommand
};

/// Adds a subcommand with the options --json, --quiet and --colour.
command_options add_command(command_options program, command_line& line, std::string name,
                            std::string summary, command_action action);

/// Adds --json, --quiet and --colour.
void add_output_options(command_options command, common_options& options);

/// Adds --seed, for a subcommand that draws random numbers.
void add_seed_option(command_options command, common_options& options);

/// Adds --jobs, for a subcommand that can use several threads.
void add_jobs_option(command_options command, common_options& options);

/// All the subcommands; made by the build.
void add_all_commands(command_options program, command_line& line);

}  // namespace qslice::sim
