#pragma once

#include <string>
#include <string_view>

/// Whether a text contains what a test looks for.
inline bool mentions(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}
