/// @file
/// Closed sets, each defined once: one constexpr table with one row per enumerator. Names, parsing,
/// choices, help and tests of the documentation are derived from the rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The minimal row: a value and its name. Other rows have further members after these two.
template <class E>
struct named {
    std::string_view name;
    E value{};
};

template <class E, std::size_t N>
using named_values = std::array<named<E>, N>;

/// Whether an enum has an enumerator of this value: compilers print the others as "(type)12".
template <auto Value>
consteval bool is_enumerator() {
    const std::string_view function = __PRETTY_FUNCTION__;
    const char behind = function[function.rfind(')') + 1];
    return behind < '0' || behind > '9';
}

/// Whether a table has one row per enumerator, in order, each with a name.
///
///     static_assert(is_whole<table>);
template <const auto& Table>
inline constexpr bool is_whole = [] {
    using value_type = decltype(Table[0].value);
    for (std::size_t i = 0; i < Table.size(); ++i) {
        if (static_cast<std::size_t>(Table[i].value) != i || Table[i].name.empty()) return false;
    }
    return !is_enumerator<static_cast<value_type>(Table.size())>();
}();

/// The row of a value.
/// @pre the table is whole
/// @complexity constant
template <class Row, std::size_t N>
constexpr const Row& row_of(const std::array<Row, N>& table, decltype(Row::value) value) noexcept {
    return table[static_cast<std::size_t>(value)];
}

/// The name of a value.
/// @pre the table is whole
template <class Row, std::size_t N>
constexpr std::string_view name_in(const std::array<Row, N>& table,
                                   decltype(Row::value) value) noexcept {
    return row_of(table, value).name;
}

/// The row of that name; null if there is none.
template <class Row, std::size_t N>
constexpr const Row* find_row(const std::array<Row, N>& table, std::string_view name) noexcept {
    for (const Row& row : table) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

/// All names, in the table's order.
template <class Row, std::size_t N>
std::vector<std::string_view> names_in(const std::array<Row, N>& table) {
    std::vector<std::string_view> names;
    for (const Row& row : table) names.push_back(row.name);
    return names;
}

/// Some of the enumerators of a closed set.
template <class E>
class enum_set {
public:
    constexpr enum_set() noexcept = default;
    constexpr enum_set(std::initializer_list<E> members) noexcept {
        for (const E member : members) bits_ |= bit(member);
    }

    [[nodiscard]] constexpr bool contains(E one) const noexcept { return (bits_ & bit(one)) != 0; }

    /// What is in either.
    friend constexpr enum_set operator|(enum_set a, enum_set b) noexcept {
        a.bits_ |= b.bits_;
        return a;
    }

private:
    static constexpr std::uint64_t bit(E one) noexcept {
        return std::uint64_t{1} << static_cast<unsigned>(one);
    }

    std::uint64_t bits_ = 0;
};

/// A name in words: "equal times" for "equal_times".
inline std::string in_words(std::string_view name) {
    std::string words(name);
    for (char& c : words) {
        if (c == '_') c = ' ';
    }
    return words;
}

}  // namespace qslice::sim
