/// @file
/// A finding of a site's diagnosis, and what to do about it. The diagnoses of queues and of logs
/// both produce a list of findings.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// How much a finding matters.
enum class severity {
    note,       ///< for information; no action needed
    unclear,    ///< what was read does not suffice for a verdict
    attention,  ///< a problem now or soon
};

constexpr std::string_view to_string(severity s) noexcept {
    switch (s) {
        case severity::note: return "note";
        case severity::unclear: return "unclear";
        case severity::attention: return "attention";
    }
    return "";
}

/// An action in words, with its command if there is one.
struct advice {
    std::string text;
    std::string command;
};

/// A slice that more than one runner serves.
struct doubled_slice {
    std::uint64_t runners = 0;
    std::string slice;  ///< as texts name it
};

/// One finding.
struct finding {
    severity weight = severity::note;
    std::string kind;   ///< for programs: "stuck-bak"
    std::string where;  ///< "in/", "IncomingRunner slice 1/3", a file with its line
    std::string what;   ///< one or two sentences for people
    std::vector<advice> to_do;
    std::optional<doubled_slice> doubled{};  ///< what it says, if it is about one
};

/// Whether there is more than notes: only what is understood and healthy needs no attention.
inline bool needs_attention(const std::vector<finding>& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const finding& f) { return f.weight != severity::note; });
}

/// Sorts by importance; findings of equal importance keep their order.
inline void sort_by_weight(std::vector<finding>& findings) {
    std::stable_sort(findings.begin(), findings.end(),
                     [](const finding& a, const finding& b) { return a.weight > b.weight; });
}

}  // namespace qslice::sim::diagnosis
