/// @file
/// The metadata of a plain item: strings by key, in the order in which they were set.
/// plain_format stores it in front of nothing but the item's bytes.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qslice {

/// A small dictionary of strings. Numbers are stored as their shortest decimal text, so that they
/// read as the same number.
///
/// Keys that start with '_' are volatile: they are dropped when an item is queued.
/// @complexity every look-up is linear
/// @safety a plain value
class attributes {
public:
    struct item {
        std::string key;
        std::string value;

        item(std::string_view k, std::string_view v) : key(k), value(v) {}
        item(std::string_view k, const char* v) : key(k), value(v) {}
        template <class Number>
        requires std::integral<Number> || std::floating_point<Number> item(std::string_view k,
                                                                           Number v)
            : key(k), value(text_of(v)) {}

        friend bool operator==(const item&, const item&) = default;
    };

    attributes() = default;
    attributes(std::initializer_list<item> items) {
        for (const item& i : items) set(i.key, std::string_view(i.value));
    }

    [[nodiscard]] const std::vector<item>& items() const noexcept { return items_; }
    [[nodiscard]] bool contains(std::string_view key) const noexcept {
        return text(key).has_value();
    }

    [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const noexcept {
        const auto at =
            std::find_if(items_.begin(), items_.end(), [&](const item& i) { return i.key == key; });
        if (at == items_.end()) return std::nullopt;
        return at->value;
    }

    /// The value of a key that is a decimal number as a whole.
    [[nodiscard]] std::optional<double> number(std::string_view key) const noexcept {
        const auto found = text(key);
        if (!found || found->empty()) return std::nullopt;
        double value = 0;
        const char* const end = found->data() + found->size();
        const auto [last, problem] = std::from_chars(found->data(), end, value);
        if (problem != std::errc{} || last != end) return std::nullopt;
        return value;
    }

    /// Sets a key; a new key is added at the end, an existing one keeps its place.
    void set(std::string_view key, std::string_view value) {
        for (item& i : items_) {
            if (i.key != key) continue;
            i.value = value;
            return;
        }
        items_.emplace_back(key, value);
    }
    void set(std::string_view key, const char* value) { set(key, std::string_view(value)); }
    template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
    void set(std::string_view key, Number value) { set(key, std::string_view(text_of(value))); }

    void erase(std::string_view key) {
        std::erase_if(items_, [&](const item& i) { return i.key == key; });
    }

    /// Drops the keys that must not be stored.
    void erase_volatile() {
        std::erase_if(items_, [](const item& i) { return i.key.starts_with('_'); });
    }

    friend bool operator==(const attributes&, const attributes&) = default;

private:
    template <class Number>
    static std::string text_of(Number value) {
        if constexpr (std::same_as<Number, bool>) {
            return value ? "1" : "0";
        } else {
            char digits[32];
            const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, value);
            return std::string(digits, problem == std::errc{} ? end : digits);
        }
    }

    std::vector<item> items_;
};

}  // namespace qslice
