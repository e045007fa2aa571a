/// @file
/// The plain data that a pickle can hold, as a tree of values.
/// Metadata is made of it; the pickle reader and writer translate it to and from bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

/// A string of the other kind than the dialect's own `str`: `unicode` (as UTF-8) for
/// Python 2, `bytes` for Python 3. Ordinary strings are plain std::string.
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
/// Key and value pairs in their written order.
struct value_dictionary {
    std::vector<std::pair<value, value>> items;
};

/// An object of a Python class as a pickle describes it: inert data, never constructed.
struct value_object {
    std::string class_name;        ///< "module.name"
    std::vector<value> arguments;  ///< what the class would be called with
    std::vector<value> state;      ///< at most one: what the object would be filled with
};

/// One value of a pickle.
/// @safety a plain value; copying is deep
struct value {
    using variant_type =
        std::variant<none, bool, std::int64_t, double, std::string, foreign_string, big_integer,
                     value_list, value_tuple, value_dictionary, value_object>;
    variant_type data;

    value() = default;
    value(none) {}
    value(bool b) : data(b) {}
    value(int i) : data(std::int64_t{i}) {}
    value(std::int64_t i) : data(i) {}
    value(double d) : data(d) {}
    value(const char* s) : data(std::string(s)) {}
    value(std::string_view s) : data(std::string(s)) {}
    value(std::string s) : data(std::move(s)) {}
    value(foreign_string s) : data(std::move(s)) {}
    value(big_integer i) : data(std::move(i)) {}
    value(value_list l) : data(std::move(l)) {}
    value(value_tuple t) : data(std::move(t)) {}
    value(value_dictionary d) : data(std::move(d)) {}
    value(value_object o) : data(std::move(o)) {}

    /// The alternative T of the value, or null when it holds another.
    template <class T>
    [[nodiscard]] const T* get_if() const noexcept {
        return std::get_if<T>(&data);
    }

    friend bool operator==(const value&, const value&);
};

inline bool operator==(const value_list& a, const value_list& b) { return a.items == b.items; }
inline bool operator==(const value_tuple& a, const value_tuple& b) { return a.items == b.items; }
inline bool operator==(const value_dictionary& a, const value_dictionary& b) {
    return a.items == b.items;
}
inline bool operator==(const value_object& a, const value_object& b) {
    return a.class_name == b.class_name && a.arguments == b.arguments && a.state == b.state;
}
inline bool operator==(const value& a, const value& b) { return a.data == b.data; }

}  // namespace qslice
