#include "sim/app/usage_error.hpp"

#include "sim/record/built_site.hpp"

#include "sim/text/nearest_name.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

/// The subcommand that was named, or the program itself.
const CLI::App& named_command(const CLI::App& program) {
    const auto named = program.get_subcommands();
    return named.empty() ? program : *named.front();
}

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        for (const auto& name : option->get_snames()) names.push_back("-" + name);
    }
    return names;
}

/// The error for an unexpected argument.
error unexpected(const CLI::App& program, const std::string& argument) {
    const CLI::App& command = named_command(program);
    const bool is_program = &command == &program;
    if (argument.size() > 1 && argument.front() == '-') {
        const std::string name = argument.substr(0, argument.find('='));
        return {error_code::malformed, name,
                (is_program ? std::string("unknown option")
                            : "'" + command.get_name() + "' has no such option") +
                    did_you_mean(name, option_names(command))};
    }
    if (is_program) {
        std::vector<std::string> names;
        for (const CLI::App* c : program.get_subcommands({})) names.push_back(c->get_name());
        const std::string meant = did_you_mean(argument, names);
        return {error_code::malformed, argument,
                "unknown command" +
                    (meant.empty() ? "; '" + program_name() + " --help' lists them" : meant)};
    }
    return {error_code::malformed, argument,
            "'" + command.get_name() + "' does not take this argument"};
}

}  // namespace

error usage_error(const CLI::App& program, const CLI::ParseError& problem) {
    if (dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr) {
        if (const auto rest = program.remaining(true); !rest.empty()) {
            return unexpected(program, rest.front());
        }
    }
    // CLI11 says "NAME: WHAT" for values and "NAME WHAT" for missing or clashing options.
    std::string text = problem.what();
    std::string what;
    if (constexpr std::string_view refused = "Could not convert: "; text.starts_with(refused)) {
        text.erase(0, refused.size());
        const std::size_t equals = text.find(" = ");
        const std::string name = text.substr(0, equals);
        const CLI::Option* option = named_command(program).get_option_no_throw(name);
        const bool is_flag = option == nullptr || option->get_items_expected_max() == 0;
        what = (is_flag ? "cannot be '" : "expected a number, found '") +
               text.substr(std::min(text.size(), equals + 3)) + "'";
        return {error_code::malformed, name, what};
    }
    const std::string_view separator = text.find(": ") != std::string::npos ? ": " : " ";
    const std::size_t at = text.find(separator);
    if (at == std::string::npos || (separator == " " && text.front() != '-')) {
        return {error_code::malformed, named_command(program).get_name(), text};
    }
    what = text.substr(at + separator.size());
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&problem) != nullptr) {
        const bool missing = what.find("missing") != std::string::npos;
        what = missing ? "expected a value after this option" : "was given more than once";
    }
    return {error_code::malformed, text.substr(0, at), what};
}

}  // namespace qslice::sim
