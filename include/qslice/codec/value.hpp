/// @file
/// The plain data of a pickle, as a tree of values. Metadata consists of it; the pickle reader and
/// writer translate it to and from bytes.
#pragma once

#include <qslice/codec/date_time.hpp>
#include <qslice/core/detail/owned.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace qslice {

struct value;

/// Python's None.
struct none {
    friend bool operator==(none, none) = default;
};

/// An integer beyond 64 bits, kept as its decimal digits with sign.
struct big_integer {
    std::string decimal;
    friend bool operator==(const big_integer&, const big_integer&) = default;
};

/// A string of the kind other than the dialect's `str`: `unicode` (as UTF-8) for Python 2, `bytes`
/// for Python 3. Ordinary strings are plain std::string.
struct foreign_string {
    std::string text;
    friend bool operator==(const foreign_string&, const foreign_string&) = default;
};

struct value_list {
    std::vector<value> items;
};
struct value_tuple {
    std::vector<value> items;
};
/// A set, in the order in which it was written; equal to any order of the same items.
struct value_set {
    std::vector<value> items;
};
/// Key and value pairs in their written order.
struct value_dictionary {
    std::vector<std::pair<value, value>> items;
};

/// A class or function that a pickle names without calling it: "module.name".
struct value_class {
    std::string class_name;
    friend bool operator==(const value_class&, const value_class&) = default;
};

/// How Python constructs an object from its description.
enum class construction {
    call,      ///< the class or a function is called with the arguments
    allocate,  ///< `__new__` with the arguments, without `__init__`
    instance,  ///< an instance of one of Python 2's old-style classes
};

/// An object of a Python class as a pickle describes it: inert data, never constructed.
struct value_object {
    std::string class_name;        ///< "module.name"
    std::vector<value> arguments;  ///< the arguments of the class
    std::vector<value> state;      ///< at most one: the state of the object
    construction made_by = construction::call;
};

/// The values that few entries have, in one allocation, so that they do not make every value large.
/// (With at most eleven alternatives, libstdc++ copies a variant by a switch, not by a table of
/// functions, which take a quarter of this header's time to compile.)
struct rare_value {
    using variant_type = std::variant<big_integer, value_set, value_class, value_object>;
    variant_type data;
    friend bool operator==(const rare_value&, const rare_value&);
};

/// One value of a pickle.
/// @safety a plain value; copying is deep
struct value {
    using variant_type =
        std::variant<none, bool, std::int64_t, double, std::string, foreign_string, value_list,
                     value_tuple, value_dictionary, date_time, detail::owned<rare_value>>;
    variant_type data;

    value() = default;
    value(none) {}
    value(bool b) : data(std::in_place_type<bool>, b) {}
    value(int i) : value(std::int64_t{i}) {}
    value(std::int64_t i) : data(std::in_place_type<std::int64_t>, i) {}
    value(double d) : data(std::in_place_type<double>, d) {}
    value(const char* s) : value(std::string(s)) {}
    value(std::string_view s) : value(std::string(s)) {}
    value(std::string s) : data(std::in_place_type<std::string>, std::move(s)) {}
    value(foreign_string s) : data(std::in_place_type<foreign_string>, std::move(s)) {}
    value(big_integer i) : value(rare(i)) {}
    value(value_list l) : data(std::in_place_type<value_list>, std::move(l)) {}
    value(value_tuple t) : data(std::in_place_type<value_tuple>, std::move(t)) {}
    value(value_dictionary d) : data(std::in_place_type<value_dictionary>, std::move(d)) {}
    value(value_set s) : value(rare(s)) {}
    value(date_time t) : data(std::in_place_type<date_time>, t) {}
    value(value_class c) : value(rare(c)) {}
    value(value_object o) : value(rare(o)) {}

    /// The alternative T of the value, or null if it holds another.
    template <class T>
    [[nodiscard]] const T* get_if() const noexcept {
        if constexpr (std::is_constructible_v<rare_value::variant_type, T> &&
                      !std::is_constructible_v<variant_type, T>) {
            const auto* held = std::get_if<detail::owned<rare_value>>(&data);
            return held == nullptr ? nullptr : std::get_if<T>(&(*held)->data);
        } else {
            return std::get_if<T>(&data);
        }
    }
    template <class T>
    [[nodiscard]] T* get_if() noexcept {
        return const_cast<T*>(std::as_const(*this).get_if<T>());
    }

    /// Calls a function with the alternative that the value holds.
    template <class Visitor>
    auto visit(Visitor&& visitor) const {
        return std::visit(
            [&](const auto& v) {
                if constexpr (std::is_same_v<decltype(v), const detail::owned<rare_value>&>) {
                    return std::visit(visitor, v->data);
                } else {
                    return visitor(v);
                }
            },
            data);
    }

    /// The text of a string of either kind, or null.
    [[nodiscard]] const std::string* text() const noexcept {
        if (const auto* own = get_if<std::string>()) return own;
        const auto* foreign = get_if<foreign_string>();
        return foreign == nullptr ? nullptr : &foreign->text;
    }

    friend bool operator==(const value&, const value&);

private:
    using rare_type = detail::owned<rare_value>;

    value(rare_type r) : data(std::in_place_type<rare_type>, std::move(r)) {}

    template <class T>
    static rare_type rare(T& v) {
        return rare_type(rare_value{rare_value::variant_type(std::in_place_type<T>, std::move(v))});
    }
};

inline bool operator==(const value_list& a, const value_list& b) { return a.items == b.items; }
inline bool operator==(const value_tuple& a, const value_tuple& b) { return a.items == b.items; }
inline bool operator==(const value_dictionary& a, const value_dictionary& b) {
    return a.items == b.items;
}
/// @complexity O(n) for sets in the same order, O(n^2) for others
inline bool operator==(const value_set& a, const value_set& b) {
    return std::is_permutation(a.items.begin(), a.items.end(), b.items.begin(), b.items.end());
}
inline bool operator==(const value_object& a, const value_object& b) {
    return a.class_name == b.class_name && a.arguments == b.arguments && a.state == b.state &&
           a.made_by == b.made_by;
}
inline bool operator==(const rare_value& a, const rare_value& b) { return a.data == b.data; }
inline bool operator==(const value& a, const value& b) { return a.data == b.data; }

/// The type of a value, for messages: "a list", "an object of email.header.Header".
inline std::string kind_of(const value& v) {
    if (const auto* object = v.get_if<value_object>()) return "an object of " + object->class_name;
    if (const auto* mention = v.get_if<value_class>()) return "the class " + mention->class_name;
    if (v.get_if<big_integer>()) return "a long";
    if (v.get_if<value_set>()) return "a set";
    static constexpr std::string_view kinds[] = {
        "None",   "a bool",  "an integer",   "a float",   "a string", "a string of the other kind",
        "a list", "a tuple", "a dictionary", "a datetime"};
    return std::string(kinds[v.data.index()]);
}

}  // namespace qslice
