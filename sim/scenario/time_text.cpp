#include "sim/scenario/time_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

namespace qslice::sim {

namespace {

/// A unit is `times` seconds, or a second is `parts` units: one of them is 1, so that both
/// conversions round only once.
struct unit {
    std::string_view name;
    double times;
    double parts;
};

constexpr std::array<unit, 7> units{{{"d", 86400, 1},
                                     {"h", 3600, 1},
                                     {"min", 60, 1},
                                     {"s", 1, 1},
                                     {"ms", 1, 1e3},
                                     {"us", 1, 1e6},
                                     {"ns", 1, 1e9}}};

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::optional<double> seconds_in(double number, std::string_view name) {
    for (const unit& u : units) {
        if (u.name == name) return number * u.times / u.parts;
    }
    return std::nullopt;
}

}  // namespace

result<double> parse_time(std::string_view text) {
    const auto wrong = [&](std::string what) {
        return failure(error_code::malformed, std::string(text), std::move(what));
    };
    const std::string expected = "expected " + std::string(time_forms);
    std::string_view rest = without_blanks(text);
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);

    double sum = 0;
    for (bool first = true; first || !rest.empty(); first = false) {
        double number = 0;
        const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (problem != std::errc{} || !std::isfinite(number) || number < 0) {
            return wrong(expected + "; found '" + std::string(text) + "'");
        }
        rest = without_blanks(rest.substr(static_cast<std::size_t>(end - rest.data())));
        if (first && rest.empty()) return negative ? -number : number;
        const std::string_view name = rest.substr(0, rest.find_first_of("0123456789. "));
        const auto seconds = seconds_in(number, name);
        if (!seconds) {
            return wrong("unknown unit '" + std::string(name) +
                         "'; expected ns, us, ms, s, min, h or d");
        }
        sum += *seconds;
        rest = without_blanks(rest.substr(name.size()));
    }
    return negative ? -sum : sum;
}

std::string format_time(double seconds) {
    const double size = std::fabs(seconds);
    for (const unit& u : units) {
        const double number = size * u.parts / u.times;
        const bool fits = u.parts > 1 || u.times == 1 || number == std::floor(number);
        if (number < 1 || !fits) continue;
        std::string text = fmt::format("{}{}{}", seconds < 0 ? "-" : "", number, u.name);
        // Fractions of a second use the next smaller unit only if no digit is lost.
        if (const auto again = parse_time(text); again && *again == seconds) return text;
    }
    return fmt::format("{}s", seconds);
}

}  // namespace qslice::sim
