#include "sim/text/bars.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace qslice::sim {

namespace {

constexpr std::array<std::string_view, 8> left_eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::array<std::string_view, 8> lower_eighths{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view plain_levels = "_.:-=+*#";

}  // namespace

std::string bar_text(double share, std::size_t columns, bool utf8) {
    const double length = std::clamp(share, 0.0, 1.0) * static_cast<double>(columns);
    if (!utf8) return std::string(static_cast<std::size_t>(std::lround(length)), '#');
    const auto eighths = static_cast<std::size_t>(std::lround(length * 8));
    std::string text;
    for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
    text += left_eighths[eighths % 8];
    return text;
}

std::string sparkline(std::span<const double> values, bool utf8) {
    const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    std::string text;
    for (const double value : values) {
        const double height = most > 0 ? std::clamp(value / most, 0.0, 1.0) : 0;
        const auto level = static_cast<std::size_t>(std::lround(height * 7));
        if (utf8) {
            text += lower_eighths[level];
        } else {
            text += plain_levels[level];
        }
    }
    return text;
}

}  // namespace qslice::sim
