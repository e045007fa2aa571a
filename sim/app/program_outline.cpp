#include "sim/app/program_outline.hpp"

#include "sim/scenario/builtin_scenarios.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace qslice::sim {

namespace {

/// "{2.1,3}", CLI11's description of the allowed values: "2.1" and "3".
std::vector<std::string> members_in(std::string_view text) {
    const std::size_t open = text.find('{');
    const std::size_t close = text.rfind('}');
    std::vector<std::string> members;
    if (open == text.npos || close == text.npos || close < open) return members;
    std::string_view rest = text.substr(open + 1, close - open - 1);
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        members.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return members;
}

/// The name of the value in help determines what can be suggested.
void set_kind(option_outline& option) {
    const std::string_view value = option.value;
    if (!option.choices.empty()) {
        option.kind = value_kind::choice;
    } else if (value == "WHEN") {
        option.kind = value_kind::choice;
        option.choices = {"auto", "always", "never"};
    } else if (value == "SCENARIO") {
        option.kind = value_kind::scenario;
        for (const builtin_scenario& b : builtin_scenarios()) option.choices.emplace_back(b.name);
    } else if (value == "FILE" || value == "NAME.pck" || value == "PLACE" ||
               value.find("LOG") != value.npos) {
        option.kind = value_kind::file;
    } else if (value == "DIR") {
        option.kind = value_kind::folder;
    } else {
        option.kind = value_kind::text;
    }
}

option_outline outline_of(const CLI::Option& o) {
    option_outline option;
    for (const std::string& name : o.get_snames()) option.names.push_back('-' + name);
    for (const std::string& name : o.get_lnames()) option.names.push_back("--" + name);
    option.text = o.get_description();
    option.standard = o.get_default_str();
    option.required = o.get_required();
    if (o.get_items_expected_max() == 0) return option;  // a flag
    const std::string type = o.get_type_name();
    option.choices = members_in(type);
    option.value = type.substr(0, type.find(':'));
    const std::string argument = o.get_positional() ? o.get_name(true) : std::string();
    if (option.names.empty() && (option.value.empty() || argument == "SCENARIO")) {
        option.value = argument;
    }
    option.several = o.get_items_expected_max() > 1;
    set_kind(option);
    return option;
}

command_outline outline_of_command(const CLI::App& app) {
    command_outline command;
    command.name = app.get_name();
    command.summary = app.get_description();
    command.notes = app.get_footer();
    while (command.notes.ends_with('\n')) command.notes.pop_back();
    for (const CLI::Option* o : app.get_options()) {
        if (o->get_group().empty()) continue;  // also hidden from help
        auto& where = o->nonpositional() ? command.options : command.arguments;
        where.push_back(outline_of(*o));
    }
    return command;
}

}  // namespace

program_outline outline_of(const CLI::App& program) {
    program_outline outline{outline_of_command(program), {}};
    for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_group().empty()) outline.commands.push_back(outline_of_command(*command));
    }
    return outline;
}

}  // namespace qslice::sim
