/// @file
/// qslice-sim manual: prints the manual page or a shell's completions; the build installs both.
#include "sim/app/command.hpp"
#include "sim/app/program_outline.hpp"

#include <qslice/version.hpp>

#include <memory>
#include <string>

namespace qslice::sim {

void add_manual_command(command_options program, command_line& line) {
    const auto format = std::make_shared<std::string>("man");
    command_options command =
        add_command(program, line, "manual", "Print the manual page, or completions for a shell",
                    [format, program](session& s) -> result<exit_status> {
                        const program_outline outline = outline_of(program.described());
                        if (*format == "bash") {
                            s.out.write(bash_completion(outline));
                        } else if (*format == "zsh") {
                            s.out.write(zsh_completion(outline));
                        } else {
                            s.out.write(manual_page(outline, std::string(version_text)));
                        }
                        return exit_status::good;
                    });
    command
        .add_option("FORMAT", *format,
                    "man for the manual page, as 'man -l' shows it, or bash or zsh for completions")
        .one_of({"man", "bash", "zsh"})
        .capture_default_str();
}

}  // namespace qslice::sim
