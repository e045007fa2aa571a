/// @file
/// The scenarios that come with the program, as the text of their TOML files.
/// The build takes them from sim/scenarios/; a user copies one and changes it.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace qslice::sim {

/// A scenario that needs no file.
struct builtin_scenario {
    std::string_view name;  ///< the file's name without ".toml"
    std::string_view text;
};

/// The scenario that is run if none is named.
inline constexpr std::string_view default_scenario = "three-machines";

/// A former name of a built-in scenario, which is still accepted.
struct former_scenario_name {
    std::string_view former;
    std::string_view current;
};

inline constexpr std::array<former_scenario_name, 2> former_scenario_names{
    {{"mission", default_scenario}, {"mission-seven", "seven-posts"}}};

/// All built-in scenarios: the default one, then the others by name.
[[nodiscard]] std::span<const builtin_scenario> builtin_scenarios();

/// The built-in scenario with this current or former name, or null.
[[nodiscard]] inline const builtin_scenario* find_builtin_scenario(std::string_view name) {
    for (const former_scenario_name& n : former_scenario_names) {
        if (n.former == name) name = n.current;
    }
    for (const builtin_scenario& s : builtin_scenarios()) {
        if (s.name == name) return &s;
    }
    return nullptr;
}

}  // namespace qslice::sim
