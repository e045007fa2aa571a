#include "sim/app/command.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

namespace qslice::sim {

namespace {

constexpr const char* common_group = "Common options";

}  // namespace

unsigned common_options::worker_count() const {
    return jobs != 0 ? static_cast<unsigned>(jobs)
                     : std::max(1U, std::thread::hardware_concurrency());
}

command_options add_command(command_options program, command_line& line, std::string name,
                            std::string summary, command_action action) {
    const command_options command =
        program.add_subcommand(std::move(name), std::move(summary),
                               [&line, action = std::move(action)] { line.chosen = action; });
    add_output_options(command, line.options);
    return command;
}

void add_output_options(command_options command, common_options& options) {
    command.add_flag("--json", options.json, "Print JSON instead of text").group(common_group);
    command.add_flag("-q,--quiet", options.quiet, "Print only the verdict or the bare result")
        .group(common_group);
    static const std::map<std::string, colour_choice, std::less<>> choices{
        {"auto", colour_choice::on_terminal},
        {"always", colour_choice::on},
        {"never", colour_choice::off}};
    command
        .add_option_function(
            "--colour,--color",
            [&options](const std::string& text) { options.colour = choices.at(text); },
            "Colours: auto (on a terminal), always or never")
        .type_name("WHEN")
        .check({"auto, always or never",
                [](std::string_view text) { return choices.find(text) != choices.end(); }})
        .group(common_group);
}

void add_seed_option(command_options command, common_options& options) {
    command.add_option("--seed", options.seed, "Seed of all random choices")
        .type_name("N")
        .check(whole_number(0, INT64_MAX))  // the range of a scenario file's integers
        .group(common_group);
}

void add_junit_option(command_options command, std::string& path) {
    command
        .add_option(
            "--junit", path,
            "Write a test case for each requirement and guarantee into FILE, as JUnit's XML")
        .type_name("FILE");
}

void add_jobs_option(command_options command, common_options& options) {
    command.add_option("-j,--jobs", options.jobs, "Threads (default: one per processor)")
        .type_name("N")
        .check(whole_number(1, 4096))
        .group(common_group);
}

}  // namespace qslice::sim
