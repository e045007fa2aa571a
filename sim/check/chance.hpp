/// @file
/// How strongly a probability speaks against chance, in four words: the one rule by which verdicts,
/// explanations and the diagnosis of logs and queues call a split due to chance or not.
#pragma once

#include "sim/record/closed_set.hpp"

#include <string_view>

namespace qslice::sim {

/// Below this probability a split is not attributed to chance: the evidence is strong.
inline constexpr double surprise_alpha = 0.001;

/// The strength of the evidence against chance.
enum class evidence {
    missing,       ///< p is 0.05 or more, or nothing was tested
    weak,          ///< below 0.05: one of 20 sound sites shows it
    strong,        ///< below surprise_alpha
    beyond_doubt,  ///< below one in a million
};

inline constexpr named_values<evidence, 4> evidence_table{{
    {"none", evidence::missing},
    {"weak", evidence::weak},
    {"strong", evidence::strong},
    {"beyond_doubt", evidence::beyond_doubt},
}};
static_assert(is_whole<evidence_table>);

constexpr evidence evidence_of(double p, double alpha = surprise_alpha) {
    constexpr double usual = 0.05;
    constexpr double one_in_a_million = 1e-6;
    if (p < one_in_a_million && p < alpha) return evidence::beyond_doubt;
    if (p < alpha) return evidence::strong;
    return p < usual ? evidence::weak : evidence::missing;
}

/// Whether that much evidence is called a problem.
constexpr bool is_problem(evidence e) { return e >= evidence::strong; }

/// "no evidence against chance", "beyond doubt not due to chance"
constexpr std::string_view in_words(evidence e) {
    switch (e) {
        case evidence::missing: return "no evidence against chance";
        case evidence::weak: return "weak evidence against chance";
        case evidence::strong: return "strong evidence against chance";
        case evidence::beyond_doubt: return "beyond doubt not due to chance";
    }
    return "";
}

}  // namespace qslice::sim
