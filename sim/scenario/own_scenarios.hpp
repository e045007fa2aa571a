/// @file
/// Scenarios for the site that a program is built for, made from what its types say: the site as it
/// is, and the faults that it can meet. Those of qslice-sim itself are files, see
/// builtin_scenarios.
#pragma once

#include "sim/record/built_site.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A scenario for one site.
struct own_scenario {
    std::string explanation;  ///< what it shows, as sentences
    scenario setting;         ///< with its name and summary

    /// Its TOML file, to copy and change.
    [[nodiscard]] std::string text() const;
};

/// A scenario that the site's types do not allow, and what would allow it.
struct left_out_scenario {
    std::string name;
    std::string reason;
};

struct own_scenarios {
    std::vector<own_scenario> all;
    std::vector<left_out_scenario> left_out;

    /// Null: there is none of that name.
    [[nodiscard]] const own_scenario* find(std::string_view name) const;

    /// Why there is none of that name, if it is left out: `rejected`.
    [[nodiscard]] std::optional<error> refusal(std::string_view name) const;
};

/// The scenarios that a site's types allow; the first is the site as it is.
[[nodiscard]] own_scenarios scenarios_for(const built_site& site);

}  // namespace qslice::sim
