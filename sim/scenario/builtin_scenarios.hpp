/// @file
/// The scenarios that come with the program, as the text of their TOML files.
/// The build takes them from sim/scenarios/; a user copies one and changes it.
#pragma once

#include <span>
#include <string_view>

namespace qslice::sim {

/// A scenario that needs no file.
struct builtin_scenario {
    std::string_view name;  ///< the file's name without ".toml"
    std::string_view text;
};

/// All of them: the mission's first, then by name.
[[nodiscard]] std::span<const builtin_scenario> builtin_scenarios();

/// The one of that name, or null.
[[nodiscard]] inline const builtin_scenario* find_builtin_scenario(std::string_view name) {
    for (const builtin_scenario& s : builtin_scenarios()) {
        if (s.name == name) return &s;
    }
    return nullptr;
}

}  // namespace qslice::sim
