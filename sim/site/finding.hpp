/// @file
/// What the diagnosis of a site has to say: one thing found, and what to do about it.
/// The diagnosis of queues and of logs both end in a list of these.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// How much a finding matters.
enum class severity {
    note,       ///< good to know; nothing has to be done
    attention,  ///< something is wrong or will go wrong
};

constexpr std::string_view to_string(severity s) noexcept {
    return s == severity::note ? "note" : "attention";
}

/// Something to do, in words, with the command that does it where there is one.
struct advice {
    std::string text;
    std::string command;
};

/// One thing found.
struct finding {
    severity weight = severity::note;
    std::string kind;   ///< for programs: "stuck-bak"
    std::string where;  ///< "in/", "IncomingRunner slice 1/3", a file with its line
    std::string what;   ///< a sentence or two for people
    std::vector<advice> to_do;
};

inline bool needs_attention(const std::vector<finding>& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const finding& f) { return f.weight == severity::attention; });
}

/// What matters most first; else in the order in which things were found.
inline void sort_by_weight(std::vector<finding>& findings) {
    std::stable_sort(findings.begin(), findings.end(),
                     [](const finding& a, const finding& b) { return a.weight > b.weight; });
}

}  // namespace qslice::sim::diagnosis
