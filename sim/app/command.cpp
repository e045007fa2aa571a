#include "sim/app/command.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <thread>
#include <utility>

namespace qslice::sim {

namespace {

constexpr const char* common_group = "Common options";

/// A validator from a test and the sentence of what it expects.
template <class Test>
CLI::Validator expecting(std::string expected, Test test) {
    return {[expected, test](std::string& text) {
                return test(std::string_view(text))
                           ? std::string()
                           : "expected " + expected + ", found '" + text + "'";
            },
            std::string()};
}

}  // namespace

unsigned common_options::worker_count() const {
    return jobs != 0 ? static_cast<unsigned>(jobs)
                     : std::max(1U, std::thread::hardware_concurrency());
}

CLI::App& add_command(CLI::App& program, command_line& line, std::string name, std::string summary,
                      command_action action) {
    CLI::App& command = *program.add_subcommand(std::move(name), std::move(summary));
    command.callback([&line, action = std::move(action)] { line.chosen = action; });
    add_output_options(command, line.options);
    return command;
}

void add_output_options(CLI::App& command, common_options& options) {
    command.add_flag("--json", options.json, "Write JSON instead of text")->group(common_group);
    command.add_flag("-q,--quiet", options.quiet, "Write only what cannot be left out")
        ->group(common_group);
    static const std::map<std::string, colour_choice> choices{{"auto", colour_choice::on_terminal},
                                                              {"always", colour_choice::on},
                                                              {"never", colour_choice::off}};
    command
        .add_option_function<std::string>(
            "--colour,--color",
            [&options](const std::string& text) { options.colour = choices.at(text); },
            "Colours: auto (on a terminal), always or never")
        ->type_name("WHEN")
        ->check(
            expecting("auto, always or never",
                      [](std::string_view text) { return choices.count(std::string(text)) == 1; }))
        ->group(common_group);
}

void add_seed_option(CLI::App& command, common_options& options) {
    command
        .add_option_function<std::uint64_t>(
            "--seed", [&options](const std::uint64_t& seed) { options.seed = seed; },
            "Number that all random choices follow from")
        ->type_name("N")
        ->check(whole_number(0, INT64_MAX))  // what a scenario's file can hold
        ->group(common_group);
}

void add_jobs_option(CLI::App& command, common_options& options) {
    command.add_option("-j,--jobs", options.jobs, "Threads (default: one for each processor)")
        ->type_name("N")
        ->check(whole_number(1, 4096))
        ->group(common_group);
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    std::string expected = "a whole number";
    if (most != UINT64_MAX) {
        expected += fmt::format(" from {} to {}", least, most);
    } else if (least > 0) {
        expected += fmt::format(" of at least {}", least);
    }
    return expecting(std::move(expected), [least, most](std::string_view text) {
        std::uint64_t value = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        return problem == std::errc{} && end == text.data() + text.size() && value >= least &&
               value <= most;
    });
}

CLI::Validator positive_number() {
    return expecting("a number above 0", [](std::string_view text) {
        double value = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        return problem == std::errc{} && end == text.data() + text.size() && std::isfinite(value) &&
               value > 0;
    });
}

}  // namespace qslice::sim
