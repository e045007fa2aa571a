/// @file
/// The metadata of a queued message: names and values in their written order. Handlers and runners
/// read and change it; the codec stores it after the message.
#pragma once

#include <qslice/codec/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// What Mailman calls msgdata: a small dictionary with string keys.
///
/// Keys that start with '_' are volatile: they exist while a runner handles the message and are
/// dropped when it is queued.
/// @complexity every look-up is linear; a message has about ten keys
/// @safety a plain value
/// @source Mailman 2.1 and 3 Switchboard.enqueue
class metadata {
public:
    using item = std::pair<std::string, value>;

    metadata() = default;
    metadata(std::initializer_list<item> items) : items_(items) {}

    [[nodiscard]] const std::vector<item>& items() const noexcept { return items_; }
    [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key); }

    /// The value of a key, or null.
    [[nodiscard]] const value* find(std::string_view key) const noexcept {
        const auto at = locate(key);
        return at == items_.end() ? nullptr : &at->second;
    }

    /// Sets a key; a new key is added at the end, an existing one keeps its place.
    void set(std::string_view key, value v) {
        const auto at = locate(key);
        if (at == items_.end()) {
            items_.emplace_back(std::string(key), std::move(v));
        } else {
            items_[static_cast<std::size_t>(at - items_.begin())].second = std::move(v);
        }
    }

    /// Reserves room for this many keys.
    void reserve(std::size_t keys) { items_.reserve(keys); }

    /// Adds a key that is known to be new, without looking for it.
    void append(std::string key, value v) { items_.emplace_back(std::move(key), std::move(v)); }

    void erase(std::string_view key) {
        std::erase_if(items_, [&](const item& i) { return i.first == key; });
    }

    /// Drops the keys that must not be stored.
    void erase_volatile() {
        std::erase_if(items_, [](const item& i) { return i.first.starts_with('_'); });
    }

    /// The value of a key with a string of either kind.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const noexcept {
        const value* v = find(key);
        if (v == nullptr) return std::nullopt;
        if (const auto* s = v->get_if<std::string>()) return *s;
        if (const auto* s = v->get_if<foreign_string>()) return s->text;
        return std::nullopt;
    }

    /// The value of a key with an integer, a float or a bool.
    [[nodiscard]] std::optional<double> number(std::string_view key) const noexcept {
        const value* v = find(key);
        if (v == nullptr) return std::nullopt;
        if (const auto* d = v->get_if<double>()) return *d;
        if (const auto* i = v->get_if<std::int64_t>()) return static_cast<double>(*i);
        if (const auto* b = v->get_if<bool>()) return *b ? 1.0 : 0.0;
        return std::nullopt;
    }

    /// True if the key exists and is neither False, 0 nor None.
    [[nodiscard]] bool flag(std::string_view key) const noexcept {
        return number(key).value_or(0.0) != 0.0;
    }

    /// The strings of a key that holds a list, tuple or set of strings, in their written order;
    /// empty if it holds anything else.
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key) const {
        const value* v = find(key);
        if (v == nullptr) return std::nullopt;
        if (const auto* list = v->get_if<value_list>()) return texts_of(list->items);
        if (const auto* tuple = v->get_if<value_tuple>()) return texts_of(tuple->items);
        if (const auto* set = v->get_if<value_set>()) return texts_of(set->items);
        return std::nullopt;
    }

    void set_texts(std::string_view key, const std::vector<std::string>& strings) {
        value_list list;
        list.items.assign(strings.begin(), strings.end());
        set(key, std::move(list));
    }

    friend bool operator==(const metadata&, const metadata&) = default;

private:
    static std::vector<std::string> texts_of(const std::vector<value>& items) {
        std::vector<std::string> strings;
        for (const value& entry : items) {
            if (const std::string* text = entry.text()) strings.push_back(*text);
        }
        return strings;
    }

    [[nodiscard]] std::vector<item>::const_iterator locate(std::string_view key) const noexcept {
        return std::find_if(items_.begin(), items_.end(),
                            [&](const item& i) { return i.first == key; });
    }

    std::vector<item> items_;
};

}  // namespace qslice
