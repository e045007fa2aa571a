/// @file
/// A name as a template argument, so that compilers print it when a deployment is wrong.
/// Metadata keys, machines and queues are named by it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace qslice {

/// The characters of a string literal, or of a string_view, with its size and the final zero.
/// @safety a plain value, usable as a template argument
template <std::size_t Size>
struct fixed_name {
    char text[Size]{};

    constexpr fixed_name(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
    explicit constexpr fixed_name(std::string_view name) {
        std::copy_n(name.data(), Size - 1, text);
    }

    constexpr operator std::string_view() const noexcept { return {text, Size - 1}; }
};

}  // namespace qslice
