/// @file
/// What a report says, wherever its lines end.
#pragma once

#include <string>

namespace qslice::test {

/// A text without its line breaks and indents.
inline std::string in_one_line(const std::string& text) {
    std::string one;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n';
        if (blank && (one.empty() || one.back() == ' ')) continue;
        one += blank ? ' ' : c;
    }
    return one;
}

}  // namespace qslice::test
