/// @file
/// qslice-sim scenarios: lists the built-in scenarios, or prints one.
#include "sim/app/command.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/text/nearest_name.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

result<exit_status> print_scenario(session& s, const std::string& name) {
    if (const builtin_scenario* found = find_builtin_scenario(name)) {
        s.out.write(found->text);
        return exit_status::good;
    }
    std::vector<std::string_view> names;
    for (const builtin_scenario& b : builtin_scenarios()) names.push_back(b.name);
    return failure(error_code::not_found, name,
                   "no such built-in scenario" + did_you_mean(name, names));
}

result<exit_status> list_scenarios(session& s) {
    std::size_t width = 0;
    for (const builtin_scenario& b : builtin_scenarios()) width = std::max(width, b.name.size());
    auto list = nlohmann::ordered_json::array();
    for (const builtin_scenario& b : builtin_scenarios()) {
        const auto parsed = parse_scenario(b.text, b.name);
        if (!parsed) return failure(parsed.error());
        if (s.options.json) {
            list.push_back({{"name", b.name}, {"summary", parsed->summary}});
        } else if (s.options.quiet) {
            s.out.print("{}\n", b.name);
        } else {
            s.out.print("{}{:{}}{}  {}\n", s.style.heading(), b.name, width, s.style.end(),
                        parsed->summary);
        }
    }
    if (s.options.json) s.out.print("{}\n", list.dump(2));
    return exit_status::good;
}

}  // namespace

void add_scenarios_command(command_options program, command_line& line) {
    const auto name = std::make_shared<std::string>();
    command_options command =
        add_command(program, line, "scenarios", "List the built-in scenarios, or print one",
                    [name](session& s) {
                        return name->empty() ? list_scenarios(s) : print_scenario(s, *name);
                    });
    const option print = command
                             .add_option("--print", *name,
                                         "Print the TOML file of this scenario, to copy and change")
                             .type_name("SCENARIO");
    command.add_option("SCENARIO", *name, "The same as --print SCENARIO")
        .type_name("")
        .excludes(print);
}

}  // namespace qslice::sim
