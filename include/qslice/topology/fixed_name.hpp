/// @file
/// A name as a template argument, so that compilers print it when a deployment is wrong.
/// It names the machines and queues of a topology.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace qslice {

/// The characters of a string literal, or of a string_view, with the size found by name_of.
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

namespace detail {

/// Names that are part of an error: compilers print them with the failing check.
template <fixed_name Name>
struct queue {};
template <fixed_name Name>
struct machine_named {};
template <std::size_t Number>
struct slice_number {};
template <std::size_t Count>
struct of_slices {};

/// The i-th queue that a runner type writes to, as a type.
template <class Runner, std::size_t I>
using queue_flowed_to = queue<fixed_name<Runner::flows_to[I].size() + 1>(Runner::flows_to[I])>;

}  // namespace detail

}  // namespace qslice
