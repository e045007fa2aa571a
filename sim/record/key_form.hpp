/// @file
/// The form of a key in a scenario file: the member that it sets and the values that it takes.
/// Faults list their keys in this form; sim/scenario reads, writes and describes them.
#pragma once

#include <qslice/core/hash_value.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace qslice::sim {

/// The range of a number.
struct number_range {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool above = false;  ///< `least` itself is excluded

    [[nodiscard]] bool contains(double x) const {
        return (above ? x > least : x >= least) && x <= most;
    }
};

/// The allowed values of a string.
struct text_check {
    std::string (*values)();                 ///< description for the reference
    std::string (*wrong)(std::string_view);  ///< error of a string; empty: none
};

/// What several keys may be.
namespace limits {

inline constexpr number_range any_number{};
inline constexpr number_range not_negative{0};
inline constexpr number_range above_zero{0, std::numeric_limits<double>::infinity(), true};
inline constexpr number_range share{0, 1};

/// The largest integer in TOML.
inline constexpr std::uint64_t most_whole = std::numeric_limits<std::int64_t>::max();

inline constexpr text_check any_text{[] { return std::string("string"); },
                                     [](std::string_view) { return std::string(); }};
inline constexpr text_check some_text{
    [] { return std::string("non-empty string"); },
    [](std::string_view text) {
        return std::string(text.empty() ? "expected a non-empty string" : "");
    }};
inline constexpr text_check hash_text{
    [] { return std::string("40 hex digits"); },
    [](std::string_view text) {
        hash_value parsed;
        return hash_value::try_parse(text, parsed)
                   ? std::string()
                   : "expected the 40 hex digits of a hash, found '" + std::string(text) + "'";
    }};

}  // namespace limits

// The forms, each a call of a walker; scenario_keys.hpp has the list of its functions.

template <class S>
struct time_form {
    double S::*at;
    number_range range;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.time(key, at, range);
    }
};

template <class S>
struct number_form {
    double S::*at;
    number_range range;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.number(key, at, range);
    }
};

template <class S>
struct whole_form {
    std::uint64_t S::*at;
    std::uint64_t least = 0;
    std::uint64_t most = limits::most_whole;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.whole(key, at, least, most);
    }
};

template <class S>
struct flag_form {
    bool S::*at;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.flag(key, at);
    }
};

template <class S>
struct text_form {
    std::string S::*at;
    text_check check;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.text(key, at, check);
    }
};

/// One of a closed set.
template <class S, class Member, const auto& Table>
struct choice_form {
    Member S::*at;

    template <class Keys>
    constexpr void walk(Keys& k, std::string_view key) const {
        k.choice(key, at, Table);
    }
};

}  // namespace qslice::sim
