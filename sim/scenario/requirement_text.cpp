#include "sim/scenario/requirement_text.hpp"

#include "sim/check/measures.hpp"
#include "sim/scenario/time_text.hpp"
#include "sim/text/nearest_name.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

using relation = requirement::relation;

/// Longer relations come before their prefixes.
constexpr std::array<std::pair<std::string_view, relation>, 7> relations{
    {{"==", relation::equal},
     {"!=", relation::not_equal},
     {"<=", relation::at_most},
     {">=", relation::at_least},
     {"=", relation::equal},
     {"<", relation::less},
     {">", relation::more}}};

std::string_view trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// How a value is written.
enum class notation { number, share, time };

struct written_value {
    double number = 0;
    notation as = notation::number;
};

/// "0", "30s" or "99%".
std::optional<written_value> parse_value(std::string_view text) {
    const bool share = text.ends_with('%');
    if (share) text = trimmed(text.substr(0, text.size() - 1));
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc{} && end == text.data() + text.size() && std::isfinite(number)) {
        return share ? written_value{number / 100, notation::share}
                     : written_value{number, notation::number};
    }
    if (share) return std::nullopt;
    const auto time = parse_time(text);
    return time ? std::optional(written_value{*time, notation::time}) : std::nullopt;
}

/// What the values of a measure are, if one of this notation is none; empty: it may be.
std::string expected_for(std::string_view measure, notation as) {
    const measure_info* const known = find_measure(measure);
    if (known == nullptr || as == notation::number) return "";
    if (known->unit == "s") return as == notation::time ? "" : "a time such as 30s";
    if (known->unit.empty()) {
        return as == notation::share ? "" : "a number or a share such as 99%";
    }
    return known->unit == "1/s" ? "a number per second" : "a number of " + std::string(known->unit);
}

}  // namespace

result<requirement> parse_requirement(std::string_view text) {
    const auto wrong = [&](std::string what) {
        return failure(error_code::malformed, std::string(text), std::move(what));
    };
    constexpr std::string_view form =
        "expected MEASURE RELATION VALUE, such as 'latency.p99 < 30s'";
    const std::size_t at = text.find_first_of("=!<>");
    if (at == std::string_view::npos) {
        return wrong(std::string(form) + "; found '" + std::string(text) + "'");
    }
    for (const auto& [sign, is] : relations) {
        if (!text.substr(at).starts_with(sign)) continue;
        requirement r;
        r.measure = trimmed(text.substr(0, at));
        r.is = is;
        r.text = trimmed(text);
        if (r.measure.empty()) return wrong(std::string(form) + "; the measure is missing");
        const std::string_view value = trimmed(text.substr(at + sign.size()));
        const auto number = parse_value(value);
        if (!number) {
            return wrong("expected a number, a time such as 30s or a share such as 99% after '" +
                         std::string(sign) + "', found '" + std::string(value) + "'");
        }
        if (const auto expected = expected_for(r.measure, number->as); !expected.empty()) {
            return wrong("expected " + expected + " after '" + r.measure + " " + std::string(sign) +
                         "', found '" + std::string(value) + "'");
        }
        r.value = number->number;
        return r;
    }
    return wrong("expected one of = != < <= > >= after '" +
                 std::string(trimmed(text.substr(0, at))) + "'");
}

result<void> add_requirements(scenario& s, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        auto parsed = parse_requirement(text);
        if (!parsed) return failure(error_code::malformed, "--require", parsed.error().what);
        if (find_measure(parsed->measure) == nullptr) {
            return failure(error_code::not_found, "--require",
                           "unknown measure '" + parsed->measure + "'" +
                               did_you_mean(parsed->measure, measure_names()));
        }
        s.requirements.push_back(std::move(*parsed));
    }
    return {};
}

std::string_view to_string(relation is) {
    switch (is) {
        case relation::equal: return "=";
        case relation::not_equal: return "!=";
        case relation::less: return "<";
        case relation::at_most: return "<=";
        case relation::more: return ">";
        case relation::at_least: return ">=";
    }
    return "?";
}

}  // namespace qslice::sim
