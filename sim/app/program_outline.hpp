/// @file
/// The commands and options of the program as plain data, read from CLI11's objects. The manual
/// page and the shell completions are generated from it, so they always match the options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace qslice::sim {

/// What a shell can suggest for a value.
enum class value_kind {
    none,      ///< a flag, without a value
    text,      ///< nothing to suggest
    file,      ///< a file's name
    folder,    ///< a directory's name
    choice,    ///< one of option_outline::choices
    scenario,  ///< one of the built-in scenarios, or a file's name
};

/// An option or a positional argument.
struct option_outline {
    std::vector<std::string>
        names;             ///< "-q", "--quiet", as help lists them; empty: a positional argument
    std::string value;     ///< "FILE"; the name of a positional argument
    std::string text;      ///< a sentence without a full stop
    std::string standard;  ///< the default value; empty: none, or stated in the text
    value_kind kind = value_kind::none;
    std::vector<std::string> choices;
    bool required = false;
    bool several = false;  ///< may be repeated
};

/// The program itself or one of its commands.
struct command_outline {
    std::string name;
    std::string summary;
    std::string notes;  ///< the text below the options in help
    std::vector<option_outline> options;
    std::vector<option_outline> arguments;
};

/// A program and its commands.
struct program_outline {
    command_outline program;
    std::vector<command_outline> commands;
};

/// Reads everything that help shows.
[[nodiscard]] program_outline outline_of(const CLI::App& program);

/// The manual page, in the man macros of troff.
/// @param version  "1.2.3"
[[nodiscard]] std::string manual_page(const program_outline& outline, const std::string& version);

/// A completion script for bash, for share/bash-completion/completions/PROGRAM.
[[nodiscard]] std::string bash_completion(const program_outline& outline);

/// A completion function for zsh, for share/zsh/vendor-completions/_PROGRAM.
[[nodiscard]] std::string zsh_completion(const program_outline& outline);

}  // namespace qslice::sim
