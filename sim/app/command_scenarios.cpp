/// @file
/// qslice-sim scenarios: lists the built-in scenarios, or those for the program's own site, or
/// prints one.
#include "sim/app/command.hpp"
#include "sim/record/built_site.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/own_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/text/nearest_name.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

/// A scenario that the program has.
struct listed_scenario {
    std::string name;
    std::string summary;
    std::string text;
};

result<std::vector<listed_scenario>> all_scenarios() {
    std::vector<listed_scenario> all;
    if (const built_site* const own = own_built_site()) {
        for (const own_scenario& made : scenarios_for(*own).all) {
            all.push_back({made.setting.name, made.setting.summary, made.text()});
        }
        return all;
    }
    for (const builtin_scenario& b : builtin_scenarios()) {
        const auto parsed = parse_scenario(b.text, b.name);
        if (!parsed) return failure(parsed.error());
        all.push_back({std::string(b.name), parsed->summary, std::string(b.text)});
    }
    return all;
}

result<exit_status> print_scenario(session& s, const std::string& name) {
    if (own_built_site() == nullptr) {
        if (const builtin_scenario* const found = find_builtin_scenario(name)) {
            s.out.write(found->text);
            return exit_status::good;
        }
    }
    const auto all = all_scenarios();
    if (!all) return failure(all.error());
    std::vector<std::string_view> names;
    for (const listed_scenario& one : *all) {
        if (one.name == name) {
            s.out.write(one.text);
            return exit_status::good;
        }
        names.push_back(one.name);
    }
    if (const built_site* const own = own_built_site()) {
        if (auto refused = scenarios_for(*own).refusal(name)) return failure(*std::move(refused));
    }
    return failure(error_code::not_found, name,
                   "no such built-in scenario" + did_you_mean(name, names));
}

result<exit_status> list_scenarios(session& s) {
    const auto all = all_scenarios();
    if (!all) return failure(all.error());
    std::size_t width = 0;
    for (const listed_scenario& one : *all) width = std::max(width, one.name.size());
    auto list = nlohmann::ordered_json::array();
    for (const listed_scenario& one : *all) {
        if (s.options.json) {
            list.push_back({{"name", one.name}, {"summary", one.summary}});
        } else if (s.options.quiet) {
            s.out.print("{}\n", one.name);
        } else {
            s.out.print("{}{:{}}{}  {}\n", s.style.heading(), one.name, width, s.style.end(),
                        one.summary);
        }
    }
    if (s.options.json) s.out.print("{}\n", list.dump(2));
    if (s.options.json || s.options.quiet || own_built_site() == nullptr) return exit_status::good;
    for (const left_out_scenario& other : scenarios_for(*own_built_site()).left_out) {
        s.out.write(
            '\n' +
            wrapped(fmt::format("Not for this site: {}: {}.", other.name, other.reason), "", 0));
    }
    return exit_status::good;
}

}  // namespace

void add_scenarios_command(command_options program, command_line& line) {
    const auto name = std::make_shared<std::string>();
    command_options command =
        add_command(program, line, "scenarios",
                    own_built_site() == nullptr ? "List the built-in scenarios, or print one"
                                                : "Show the scenarios for this site, or print one",
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
