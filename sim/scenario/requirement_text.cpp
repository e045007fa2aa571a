#include "sim/scenario/requirement_text.hpp"

#include "sim/check/measures.hpp"
#include "sim/scenario/time_text.hpp"
#include "sim/text/nearest_name.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

/// A relation and what it takes of the text.
struct written_relation {
    requirement::relation is = requirement::relation::equal;
    std::string_view sign;
};

/// The relation that a text begins with; "==" is another "=".
std::optional<written_relation> parse_relation(std::string_view text) {
    if (text.starts_with("==")) return written_relation{.sign = text.substr(0, 2)};
    for (const std::size_t length : {2U, 1U}) {
        if (const relation_row* row = find_row(relation_table, text.substr(0, length))) {
            return written_relation{row->value, row->name};
        }
    }
    return std::nullopt;
}

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
    const auto found = parse_relation(text.substr(at));
    if (!found) {
        return wrong("expected one of = != < <= > >= after '" +
                     std::string(trimmed(text.substr(0, at))) + "'");
    }
    const auto [is, sign] = *found;
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

}  // namespace qslice::sim
