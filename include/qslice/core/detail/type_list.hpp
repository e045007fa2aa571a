/// @file
/// Types that are chosen by their names at run time: each has a static `name`.
/// The lists of hash keys, functions, formats, orders and stamps stand beside what they list.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace qslice::detail {

template <class... T>
struct type_list {};

template <class List>
struct variant_of_list;
template <class... T>
struct variant_of_list<type_list<T...>> {
    using type = std::variant<T...>;
};

/// Holds a value of one of a list's types.
template <class List>
using variant_of = typename variant_of_list<List>::type;

/// "a, b or c"
template <class... T>
std::string names_of(type_list<T...>) {
    std::string text;
    std::size_t left = sizeof...(T);
    const auto add = [&](std::string_view name) {
        --left;
        text.append(name).append(left > 1 ? ", " : left == 1 ? " or " : "");
    };
    (add(T::name), ...);
    return text;
}

/// Calls `found` with the type that has this name.
/// @returns false if there is none
template <class... T, class Found>
bool with_named(type_list<T...>, std::string_view name, Found&& found) {
    return ((T::name == name && (found.template operator()<T>(), true)) || ...);
}

/// The names, in the list's order. Each is a literal, which ends with a null character.
template <class... T>
constexpr std::array<const char*, sizeof...(T)> name_array(type_list<T...>) {
    return {T::name.data()...};
}

}  // namespace qslice::detail
